-- Made by `xtask release-schema`; what a test has to know of it:
-- answer: msg_01a202e34ae0749baa13f9bae68b0a42
-- conversation: cnv_01a202e34ae07d3d8afd72da5204b353
-- forgotten: cnv_01a202e34ae07ff8b993238dd5e23317
-- invited: MC3v13NFkZvarIEJHWeqeb2krh8KAJowTwoelT1QGqQ
-- key: fdk_L4l-8usSrn1Okbb1FWrkn9yEji66jFYpLX0l1po56wQ
-- kim: vis_01a202e34ae07078a323658263693d03
-- old_token: cbw_y8xmj5vzhn9kw5zl8id9fvn93o2xo0k01p2qfqlweaa6vj7pabjpiaf6wk3t
-- secret: fds_9nzao1f0ioXnmpvxQBUknBOpAUzxCvyWtNj9mWBwCtY
-- token: cbw_vno46mhz5x17ud7jq9fhthvv1jayxijfaqoygn3zrbxhws7einwly57b8c3h
-- visitor: vis_01a202e34ae07e708917f4e7ffb33707
-- webhook: whk_01a202e34ae0767595e201645038317e
-- widget: wgt_01a202e34ae07fb48556550b68cf7b74

--
-- PostgreSQL database dump
--


-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: facts_out_of_feed(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.facts_out_of_feed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE feed SET (pruned_writer, pruned_position) = (
        SELECT writer, position FROM (
            SELECT writer, position FROM gone UNION ALL SELECT pruned_writer, pruned_position FROM feed
        ) AS ends ORDER BY writer DESC, position DESC LIMIT 1
    ) WHERE EXISTS (SELECT 1 FROM gone);
    RETURN NULL;
END $$;


--
-- Name: search_again(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.search_again() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    INSERT INTO search_queue (ref_id) VALUES (COALESCE(NEW.id, OLD.id)) ON CONFLICT DO NOTHING;
    RETURN NULL;
END $$;


--
-- Name: tags_find_their_place(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.tags_find_their_place() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    SELECT c.widget_id, c.status, c.last_message_ms INTO NEW.widget_id, NEW.status, NEW.last_message_ms
    FROM conversations c WHERE c.id = NEW.conversation_id;
    RETURN NEW;
END $$;


--
-- Name: tags_keep_their_place(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.tags_keep_their_place() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    UPDATE conversation_tags SET status = NEW.status, last_message_ms = NEW.last_message_ms
    WHERE conversation_id = NEW.id;
    RETURN NULL;
END $$;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: agents; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.agents (
    id text NOT NULL,
    name text NOT NULL,
    email text NOT NULL,
    email_key text,
    avatar text,
    role text NOT NULL,
    password_hash text NOT NULL,
    created_ms bigint NOT NULL,
    removed_ms bigint,
    status text DEFAULT 'online'::text NOT NULL
);


--
-- Name: api_keys; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.api_keys (
    id text NOT NULL,
    agent_id text NOT NULL,
    secret_hash text NOT NULL,
    scopes text NOT NULL,
    created_ms bigint NOT NULL,
    used_ms bigint,
    revoked_ms bigint
);


--
-- Name: attachment_remains; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.attachment_remains (
    id text NOT NULL,
    what text NOT NULL,
    bytes bigint NOT NULL
);


--
-- Name: attachments; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.attachments (
    id text NOT NULL,
    conversation_id text NOT NULL,
    uploader_kind text NOT NULL,
    uploader_id text NOT NULL,
    state text NOT NULL,
    bytes bigint NOT NULL,
    received bigint DEFAULT 0 NOT NULL,
    thumbnail_type text,
    file text NOT NULL,
    message_id text,
    created_ms bigint NOT NULL
);


--
-- Name: blocks; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.blocks (
    id text NOT NULL,
    kind text NOT NULL,
    value text NOT NULL,
    reason text NOT NULL,
    created_ms bigint NOT NULL,
    until_ms bigint
);


--
-- Name: contact_acts; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.contact_acts (
    id text NOT NULL,
    contact_id text NOT NULL,
    act text NOT NULL,
    other_id text,
    agent_id text NOT NULL,
    at_ms bigint NOT NULL
);


--
-- Name: contact_ids; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.contact_ids (
    widget_id text NOT NULL,
    external_id text NOT NULL,
    contact_id text NOT NULL
);


--
-- Name: contacts; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.contacts (
    id text NOT NULL,
    widget_id text NOT NULL,
    name text,
    email text,
    email_key text,
    phone text,
    attributes text NOT NULL,
    vouched bigint NOT NULL,
    created_ms bigint NOT NULL
);


--
-- Name: conversation_tags; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.conversation_tags (
    tag text NOT NULL,
    conversation_id text NOT NULL,
    widget_id text,
    status text,
    last_message_ms bigint
);


--
-- Name: conversations; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.conversations (
    id text NOT NULL,
    widget_id text NOT NULL,
    visitor_id text NOT NULL,
    client_id text NOT NULL,
    status text NOT NULL,
    created_ms bigint NOT NULL,
    last_seq bigint DEFAULT 0 NOT NULL,
    last_visitor_seq bigint DEFAULT 0 NOT NULL,
    visitor_messages bigint DEFAULT 0 NOT NULL,
    last_message_ms bigint,
    last_sender_kind text,
    last_sender_name text,
    last_kind text,
    last_text text,
    assignee_id text,
    priority text DEFAULT 'normal'::text NOT NULL,
    snoozed_until_ms bigint,
    tags text DEFAULT '[]'::text NOT NULL,
    attributes text DEFAULT '{}'::text NOT NULL,
    waiting_since_ms bigint,
    last_message_id text,
    log_from_seq bigint DEFAULT 0 NOT NULL,
    log_from_visitor_seq bigint DEFAULT 0 NOT NULL,
    mailed_visitor_seq bigint DEFAULT 0 NOT NULL,
    mailed_ms bigint DEFAULT 0 NOT NULL
);


--
-- Name: erasures; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.erasures (
    conversation_id text NOT NULL,
    asked_ms bigint NOT NULL,
    done_seq bigint NOT NULL
);


--
-- Name: facts_position; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.facts_position
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: facts; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.facts (
    conversation_id text NOT NULL,
    seq bigint NOT NULL,
    visitor_seq bigint,
    at_ms bigint NOT NULL,
    kind text NOT NULL,
    message_id text,
    payload text NOT NULL,
    "position" bigint DEFAULT nextval('public.facts_position'::regclass) NOT NULL,
    writer bigint DEFAULT ((pg_current_xact_id())::text)::bigint NOT NULL
);


--
-- Name: feed; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.feed (
    pruned_writer bigint NOT NULL,
    pruned_position bigint NOT NULL,
    trimmed_writer bigint DEFAULT 0 NOT NULL,
    trimmed_position bigint DEFAULT 0 NOT NULL
);


--
-- Name: idempotency; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.idempotency (
    principal text NOT NULL,
    key text NOT NULL,
    request_hash text NOT NULL,
    status bigint,
    reply text,
    started_ms bigint NOT NULL
);


--
-- Name: identity_secrets; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.identity_secrets (
    id text NOT NULL,
    widget_id text NOT NULL,
    secret text NOT NULL,
    created_ms bigint NOT NULL
);


--
-- Name: leases; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.leases (
    name text NOT NULL,
    holder text NOT NULL,
    until_ms bigint NOT NULL
);


--
-- Name: mail_codes; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.mail_codes (
    code_hash text NOT NULL,
    visitor_id text NOT NULL,
    expires_ms bigint NOT NULL
);


--
-- Name: mail_secrets; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.mail_secrets (
    secret_hash text NOT NULL,
    visitor_id text NOT NULL
);


--
-- Name: mails; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.mails (
    conversation_id text NOT NULL,
    visitor_id text NOT NULL,
    due_ms bigint NOT NULL,
    give_up_ms bigint NOT NULL,
    attempts bigint DEFAULT 0 NOT NULL,
    claimed_ms bigint DEFAULT 0 NOT NULL
);


--
-- Name: mentions; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.mentions (
    agent_id text NOT NULL,
    conversation_id text NOT NULL,
    seq bigint NOT NULL
);


--
-- Name: message_versions; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.message_versions (
    message_id text NOT NULL,
    version bigint NOT NULL,
    body text NOT NULL,
    until_ms bigint NOT NULL,
    changed_by text NOT NULL
);


--
-- Name: messages; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.messages (
    id text NOT NULL,
    conversation_id text NOT NULL,
    seq bigint NOT NULL,
    visitor_seq bigint,
    client_id text NOT NULL,
    sender_kind text NOT NULL,
    sender_id text NOT NULL,
    sender_name text NOT NULL,
    kind text NOT NULL,
    body text NOT NULL,
    visitor_messages bigint NOT NULL,
    created_ms bigint NOT NULL,
    reply_to text,
    rating bigint,
    mentions text,
    edited_ms bigint,
    deleted_ms bigint,
    attachments text
);


--
-- Name: outbox; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.outbox (
    destination text NOT NULL,
    lane bigint NOT NULL,
    number bigint NOT NULL,
    payload text NOT NULL,
    created_ms bigint NOT NULL,
    due_ms bigint NOT NULL,
    give_up_ms bigint NOT NULL,
    attempts bigint DEFAULT 0 NOT NULL
);


--
-- Name: outbox_destinations; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.outbox_destinations (
    id text NOT NULL,
    last_number bigint NOT NULL,
    waiting bigint NOT NULL
);


--
-- Name: participants; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.participants (
    conversation_id text NOT NULL,
    person_id text NOT NULL,
    kind text NOT NULL,
    joined_seq bigint,
    joined_visitor_seq bigint,
    joined_ms bigint,
    read_message_id text,
    read_seq bigint DEFAULT 0 NOT NULL,
    read_since_seq bigint,
    read_visitor_message_id text,
    read_visitor_seq bigint DEFAULT 0 NOT NULL,
    read_visitor_since_seq bigint,
    read_visitor_messages bigint DEFAULT 0 NOT NULL,
    left_seq bigint,
    delivered_seq bigint DEFAULT 0 NOT NULL,
    delivered_visitor_seq bigint DEFAULT 0 NOT NULL
);


--
-- Name: reactions; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.reactions (
    conversation_id text NOT NULL,
    message_seq bigint NOT NULL,
    person_id text NOT NULL,
    emoji text NOT NULL,
    person_kind text NOT NULL,
    seq bigint NOT NULL
);


--
-- Name: schema_versions; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.schema_versions (
    version bigint NOT NULL
);


--
-- Name: search_docs; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.search_docs (
    doc bigint NOT NULL,
    ref_id text NOT NULL,
    words tsvector NOT NULL
);


--
-- Name: search_docs_doc_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.search_docs_doc_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: search_docs_doc_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.search_docs_doc_seq OWNED BY public.search_docs.doc;


--
-- Name: search_queue; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.search_queue (
    number bigint NOT NULL,
    ref_id text NOT NULL
);


--
-- Name: search_queue_number_seq; Type: SEQUENCE; Schema: public; Owner: -
--

CREATE SEQUENCE public.search_queue_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


--
-- Name: search_queue_number_seq; Type: SEQUENCE OWNED BY; Schema: public; Owner: -
--

ALTER SEQUENCE public.search_queue_number_seq OWNED BY public.search_queue.number;


--
-- Name: session_tokens; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.session_tokens (
    token_hash text NOT NULL,
    session_id text NOT NULL,
    expires_ms bigint NOT NULL
);


--
-- Name: sessions; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.sessions (
    id text NOT NULL,
    kind text NOT NULL,
    person_id text NOT NULL,
    csrf text NOT NULL,
    created_ms bigint NOT NULL,
    expires_ms bigint NOT NULL
);


--
-- Name: setup_codes; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.setup_codes (
    code_hash text NOT NULL,
    agent_id text,
    expires_ms bigint NOT NULL
);


--
-- Name: told; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.told (
    kind text NOT NULL,
    app_id text NOT NULL,
    channel text NOT NULL,
    user_id text NOT NULL,
    value bigint NOT NULL,
    told_ms bigint NOT NULL
);


--
-- Name: visitors; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.visitors (
    id text NOT NULL,
    widget_id text NOT NULL,
    secret_hash text NOT NULL,
    name text,
    email text,
    verified bigint DEFAULT 0 NOT NULL,
    created_ms bigint NOT NULL,
    contact_id text
);


--
-- Name: webhook_deliveries; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.webhook_deliveries (
    id text NOT NULL,
    webhook_id text NOT NULL,
    event_id text NOT NULL,
    event_type text NOT NULL,
    attempt bigint NOT NULL,
    at_ms bigint NOT NULL,
    duration_ms bigint NOT NULL,
    status bigint,
    failure text,
    lane bigint NOT NULL,
    payload text NOT NULL
);


--
-- Name: webhooks; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.webhooks (
    id text NOT NULL,
    url text NOT NULL,
    events text NOT NULL,
    widgets text NOT NULL,
    is_active bigint NOT NULL,
    secret text NOT NULL,
    old_secret text,
    created_ms bigint NOT NULL
);


--
-- Name: widget_members; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.widget_members (
    widget_id text NOT NULL,
    agent_id text NOT NULL
);


--
-- Name: widget_tokens; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.widget_tokens (
    token text NOT NULL,
    widget_id text NOT NULL,
    expires_ms bigint NOT NULL
);


--
-- Name: widgets; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.widgets (
    id text NOT NULL,
    token text NOT NULL,
    name text NOT NULL,
    color text NOT NULL,
    greeting text NOT NULL,
    origins text NOT NULL,
    created_ms bigint NOT NULL,
    settings text DEFAULT '{}'::text NOT NULL
);


--
-- Name: search_docs doc; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.search_docs ALTER COLUMN doc SET DEFAULT nextval('public.search_docs_doc_seq'::regclass);


--
-- Name: search_queue number; Type: DEFAULT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.search_queue ALTER COLUMN number SET DEFAULT nextval('public.search_queue_number_seq'::regclass);


--
-- Data for Name: agents; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.agents VALUES ('agt_01a202e34ae07ed8b476a0a12dcac718', 'Ben', 'ben@shop.example', 'ben@shop.example', NULL, 'owner', '$argon2id$v=19$m=19456,t=2,p=1$lAyFOUqbK/16DZj6dBYDNQ$SLlMHHn54ut6EBwfV8cKm+DaWr1RVYkVRcLM9rFO2dA', 1795344780000, NULL, 'online');
INSERT INTO public.agents VALUES ('agt_01a202e34ae072039f941fe2beb2c988', 'Dora', 'dora@shop.example', 'dora@shop.example', NULL, 'agent', '$argon2id$v=19$m=19456,t=2,p=1$dsYJ7eUiWLv2V/+YFV9aWA$W0UfKWcPSc6czSwJw/khUnqVbdfmtw+Z+8xOX8wVsBY', 1795344780000, NULL, 'online');
INSERT INTO public.agents VALUES ('agt_01a202e34ae07a6cbbb0ae32987af7fc', 'Shop', '', NULL, NULL, 'owner', '', 1795344780000, NULL, 'online');


--
-- Data for Name: api_keys; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.api_keys VALUES ('key_01a202e34ae07612a5b788da9d6b1f6b', 'agt_01a202e34ae07a6cbbb0ae32987af7fc', '622254d4b82c88eaf86404a65d39544f0617b43f8226280ea03196586b2a5e9a', '["conversations:read"]', 1795344780000, NULL, NULL);


--
-- Data for Name: attachment_remains; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.attachment_remains VALUES ('att_01a202e34ae07263ab1127c8905408ee', 'all', 0);


--
-- Data for Name: attachments; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.attachments VALUES ('att_01a202e34ae07bc28a93f95a6de1186b', 'cnv_01a202e34ae07d3d8afd72da5204b353', 'visitor', 'vis_01a202e34ae07e708917f4e7ffb33707', 'kept', 990, 0, 'image/jpeg', '{"id":"att_01a202e34ae07bc28a93f95a6de1186b","name":"cat.jpg","media_type":"image/jpeg","bytes":990,"width":640,"height":480,"is_voice":false,"has_thumbnail":true}', 'msg_01a202e34ae07bdab1e964429d8edfea', 1795344780000);


--
-- Data for Name: blocks; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.blocks VALUES ('blk_01a202e34ae07993a5715e7a72cf6086', 'address', '203.0.113.0/24', 'Spam', 1795344780000, NULL);


--
-- Data for Name: contact_acts; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.contact_acts VALUES ('act_01a202e34ae07965af4c3d33df0c4fbc', 'ctc_01a202e34ae072019755ef7ba34934ac', 'linked', 'vis_01a202e34ae07e708917f4e7ffb33707', 'agt_01a202e34ae07ed8b476a0a12dcac718', 1795344780000);
INSERT INTO public.contact_acts VALUES ('act_01a202e34ae0731ead20daf68bb64f87', 'vis_01a202e34ae0714c83eeddb9a1029912', 'erased', NULL, 'agt_01a202e34ae07ed8b476a0a12dcac718', 1795344780000);


--
-- Data for Name: contact_ids; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.contact_ids VALUES ('wgt_01a202e34ae07fb48556550b68cf7b74', 'kim', 'ctc_01a202e34ae07cc883b94ce6343388b6');


--
-- Data for Name: contacts; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.contacts VALUES ('ctc_01a202e34ae072019755ef7ba34934ac', 'wgt_01a202e34ae07fb48556550b68cf7b74', NULL, NULL, NULL, NULL, '{}', 0, 1795344780000);
INSERT INTO public.contacts VALUES ('ctc_01a202e34ae07cc883b94ce6343388b6', 'wgt_01a202e34ae07fb48556550b68cf7b74', NULL, NULL, NULL, NULL, '{}', 0, 1795344780000);


--
-- Data for Name: conversation_tags; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.conversation_tags VALUES ('blue', 'cnv_01a202e34ae07d3d8afd72da5204b353', 'wgt_01a202e34ae07fb48556550b68cf7b74', 'open', 1795344780000);


--
-- Data for Name: conversations; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.conversations VALUES ('cnv_01a202e34ae07ff8b993238dd5e23317', 'wgt_01a202e34ae07fb48556550b68cf7b74', 'vis_01a202e34ae0714c83eeddb9a1029912', 'cnv_01a202e34ae07ff8b993238dd5e23317', 'open', 1795344780000, 1, 1, 1, 1795344780000, 'visitor', 'Visitor', 'text', 'Forget this', NULL, 'normal', NULL, '[]', '{}', 1795344780000, 'msg_01a202e34ae078f9ba37bdcf55bc6868', 0, 0, 0, 0);
INSERT INTO public.conversations VALUES ('cnv_01a202e34ae07d3d8afd72da5204b353', 'wgt_01a202e34ae07fb48556550b68cf7b74', 'vis_01a202e34ae07e708917f4e7ffb33707', 'cnv_01a202e34ae07d3d8afd72da5204b353', 'open', 1795344780000, 9, 7, 2, 1795344780000, 'visitor', 'Ana', 'text', 'Look!', NULL, 'normal', NULL, '["blue"]', '{}', 1795344780000, 'msg_01a202e34ae07bdab1e964429d8edfea', 0, 0, 0, 0);
INSERT INTO public.conversations VALUES ('cnv_01a202e34ae0777baef1f864878c2651', 'wgt_01a202e34ae07fb48556550b68cf7b74', 'vis_01a202e34ae0748dbe9441ec153fab77', 'cnv_01a202e34ae0777baef1f864878c2651', 'open', 1795344780000, 3, 3, 1, 1795344780000, 'agent', 'Ben', 'text', 'Yes', NULL, 'normal', NULL, '[]', '{}', NULL, 'msg_01a202e34ae077e5a80e47df7dbfa060', 0, 0, 3, 1795344781000);
INSERT INTO public.conversations VALUES ('cnv_01a202e352b07b408106b82765d90e56', 'wgt_01a202e34ae07fb48556550b68cf7b74', 'vis_01a202e34ae0748dbe9441ec153fab77', 'cnv_01a202e352b07b408106b82765d90e56', 'open', 1795344782000, 3, 3, 1, 1795344782000, 'agent', 'Ben', 'text', 'Yes', NULL, 'normal', NULL, '[]', '{}', NULL, 'msg_01a202e352b0720ab1538cf1d19ad365', 0, 0, 3, 1795344783000);
INSERT INTO public.conversations VALUES ('cnv_01a202e35a80709fbc09bd14fe61f72a', 'wgt_01a202e34ae07fb48556550b68cf7b74', 'vis_01a202e34ae0748dbe9441ec153fab77', 'cnv_01a202e35a80709fbc09bd14fe61f72a', 'open', 1795344784000, 3, 3, 1, 1795344784000, 'agent', 'Ben', 'text', 'Yes', NULL, 'normal', NULL, '[]', '{}', NULL, 'msg_01a202e35a807390b5f03c351225b832', 0, 0, 0, 0);


--
-- Data for Name: erasures; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.erasures VALUES ('cnv_01a202e34ae07ff8b993238dd5e23317', 1795344780000, 0);


--
-- Data for Name: facts; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.facts VALUES ('cnv_01a202e34ae07d3d8afd72da5204b353', 1, 1, 1795344780000, 'message', 'msg_01a202e34ae070ad80352d529d509031', '{"shared":{"message":{"id":"msg_01a202e34ae070ad80352d529d509031","sender_type":"visitor","sender_id":"vis_01a202e34ae07e708917f4e7ffb33707","sender_name":"Ana","text":"Is the blue one back?","client_id":"msg_01a202e34ae070ad80352d529d509031"}}}', 1, 733);
INSERT INTO public.facts VALUES ('cnv_01a202e34ae07d3d8afd72da5204b353', 2, NULL, 1795344780000, 'note', 'msg_01a202e34ae073baba4e56a1faf114f9', '{"inner":{"note":{"id":"msg_01a202e34ae073baba4e56a1faf114f9","sender_type":"agent","sender_id":"agt_01a202e34ae07ed8b476a0a12dcac718","sender_name":"Ben","text":"Ask the store","client_id":"msg_01a202e34ae073baba4e56a1faf114f9","mentions":["agt_01a202e34ae072039f941fe2beb2c988"]}}}', 2, 734);
INSERT INTO public.facts VALUES ('cnv_01a202e34ae07d3d8afd72da5204b353', 3, 2, 1795344780000, 'agent.joined', NULL, '{"shared":{"agent_joined":{"id":"agt_01a202e34ae07ed8b476a0a12dcac718","name":"Ben","avatar":null}}}', 3, 735);
INSERT INTO public.facts VALUES ('cnv_01a202e34ae07d3d8afd72da5204b353', 4, 3, 1795344780000, 'message', 'msg_01a202e34ae0749baa13f9bae68b0a42', '{"shared":{"message":{"id":"msg_01a202e34ae0749baa13f9bae68b0a42","sender_type":"agent","sender_id":"agt_01a202e34ae07ed8b476a0a12dcac718","sender_name":"Ben","text":"Yes, since Sunday.","client_id":"msg_01a202e34ae0749baa13f9bae68b0a42"}}}', 4, 735);
INSERT INTO public.facts VALUES ('cnv_01a202e34ae07d3d8afd72da5204b353', 5, 4, 1795344780000, 'message.updated', NULL, '{"shared":{"updated":{"message_id":"msg_01a202e34ae0749baa13f9bae68b0a42","text":"Yes, since Monday."}}}', 5, 736);
INSERT INTO public.facts VALUES ('cnv_01a202e34ae07d3d8afd72da5204b353', 6, 5, 1795344780000, 'message.reaction', NULL, '{"shared":{"reaction":{"message_id":"msg_01a202e34ae0749baa13f9bae68b0a42","reaction":{"emoji":"👍","by_type":"visitor","by":"vis_01a202e34ae07e708917f4e7ffb33707"},"on":true}}}', 6, 737);
INSERT INTO public.facts VALUES ('cnv_01a202e34ae07d3d8afd72da5204b353', 7, 6, 1795344780000, 'receipt', NULL, '{"shared":{"receipt":{"reader_type":"visitor","reader_id":"vis_01a202e34ae07e708917f4e7ffb33707","delivered":{"seq":4,"visitor_seq":3},"read":{"seq":4,"visitor_seq":3},"read_message_id":"msg_01a202e34ae0749baa13f9bae68b0a42"}}}', 7, 738);
INSERT INTO public.facts VALUES ('cnv_01a202e34ae07d3d8afd72da5204b353', 8, NULL, 1795344780000, 'conversation.updated', NULL, '{"inner":{"state":{"by_type":"agent","by":{"id":"agt_01a202e34ae07ed8b476a0a12dcac718","name":"Ben","avatar":null},"changed":["tags"],"state":{"status":"open","snoozed_until":null,"assignee":null,"priority":"normal","tags":["blue"],"attributes":{}}}}}', 8, 739);
INSERT INTO public.facts VALUES ('cnv_01a202e34ae07d3d8afd72da5204b353', 9, 7, 1795344780000, 'message', 'msg_01a202e34ae07bdab1e964429d8edfea', '{"shared":{"message":{"id":"msg_01a202e34ae07bdab1e964429d8edfea","sender_type":"visitor","sender_id":"vis_01a202e34ae07e708917f4e7ffb33707","sender_name":"Ana","text":"Look!","client_id":"msg_01a202e34ae07bdab1e964429d8edfea","attachments":[{"id":"att_01a202e34ae07bc28a93f95a6de1186b","name":"cat.jpg","media_type":"image/jpeg","bytes":990,"width":640,"height":480,"is_voice":false,"has_thumbnail":true}]}}}', 9, 743);
INSERT INTO public.facts VALUES ('cnv_01a202e34ae0777baef1f864878c2651', 1, 1, 1795344780000, 'message', 'msg_01a202e34ae0770a9fa669ab1fe6c2c3', '{"shared":{"message":{"id":"msg_01a202e34ae0770a9fa669ab1fe6c2c3","sender_type":"visitor","sender_id":"vis_01a202e34ae0748dbe9441ec153fab77","sender_name":"Eve","text":"Is it back?","client_id":"msg_01a202e34ae0770a9fa669ab1fe6c2c3"}}}', 10, 748);
INSERT INTO public.facts VALUES ('cnv_01a202e34ae0777baef1f864878c2651', 2, 2, 1795344780000, 'agent.joined', NULL, '{"shared":{"agent_joined":{"id":"agt_01a202e34ae07ed8b476a0a12dcac718","name":"Ben","avatar":null}}}', 11, 749);
INSERT INTO public.facts VALUES ('cnv_01a202e34ae0777baef1f864878c2651', 3, 3, 1795344780000, 'message', 'msg_01a202e34ae077e5a80e47df7dbfa060', '{"shared":{"message":{"id":"msg_01a202e34ae077e5a80e47df7dbfa060","sender_type":"agent","sender_id":"agt_01a202e34ae07ed8b476a0a12dcac718","sender_name":"Ben","text":"Yes","client_id":"msg_01a202e34ae077e5a80e47df7dbfa060"}}}', 12, 749);
INSERT INTO public.facts VALUES ('cnv_01a202e352b07b408106b82765d90e56', 1, 1, 1795344782000, 'message', 'msg_01a202e352b07516bd3b7dec5ddb3234', '{"shared":{"message":{"id":"msg_01a202e352b07516bd3b7dec5ddb3234","sender_type":"visitor","sender_id":"vis_01a202e34ae0748dbe9441ec153fab77","sender_name":"Eve","text":"Is it back?","client_id":"msg_01a202e352b07516bd3b7dec5ddb3234"}}}', 13, 754);
INSERT INTO public.facts VALUES ('cnv_01a202e352b07b408106b82765d90e56', 2, 2, 1795344782000, 'agent.joined', NULL, '{"shared":{"agent_joined":{"id":"agt_01a202e34ae07ed8b476a0a12dcac718","name":"Ben","avatar":null}}}', 14, 755);
INSERT INTO public.facts VALUES ('cnv_01a202e352b07b408106b82765d90e56', 3, 3, 1795344782000, 'message', 'msg_01a202e352b0720ab1538cf1d19ad365', '{"shared":{"message":{"id":"msg_01a202e352b0720ab1538cf1d19ad365","sender_type":"agent","sender_id":"agt_01a202e34ae07ed8b476a0a12dcac718","sender_name":"Ben","text":"Yes","client_id":"msg_01a202e352b0720ab1538cf1d19ad365"}}}', 15, 755);
INSERT INTO public.facts VALUES ('cnv_01a202e35a80709fbc09bd14fe61f72a', 1, 1, 1795344784000, 'message', 'msg_01a202e35a807da7b2e1e2e66cf3053e', '{"shared":{"message":{"id":"msg_01a202e35a807da7b2e1e2e66cf3053e","sender_type":"visitor","sender_id":"vis_01a202e34ae0748dbe9441ec153fab77","sender_name":"Eve","text":"Is it back?","client_id":"msg_01a202e35a807da7b2e1e2e66cf3053e"}}}', 16, 759);
INSERT INTO public.facts VALUES ('cnv_01a202e35a80709fbc09bd14fe61f72a', 2, 2, 1795344784000, 'agent.joined', NULL, '{"shared":{"agent_joined":{"id":"agt_01a202e34ae07ed8b476a0a12dcac718","name":"Ben","avatar":null}}}', 17, 760);
INSERT INTO public.facts VALUES ('cnv_01a202e35a80709fbc09bd14fe61f72a', 3, 3, 1795344784000, 'message', 'msg_01a202e35a807390b5f03c351225b832', '{"shared":{"message":{"id":"msg_01a202e35a807390b5f03c351225b832","sender_type":"agent","sender_id":"agt_01a202e34ae07ed8b476a0a12dcac718","sender_name":"Ben","text":"Yes","client_id":"msg_01a202e35a807390b5f03c351225b832"}}}', 18, 760);
INSERT INTO public.facts VALUES ('cnv_01a202e34ae07ff8b993238dd5e23317', 1, 1, 1795344780000, 'message', 'msg_01a202e34ae078f9ba37bdcf55bc6868', '{"shared":{"message":{"id":"msg_01a202e34ae078f9ba37bdcf55bc6868","sender_type":"visitor","sender_id":"vis_01a202e34ae0714c83eeddb9a1029912","sender_name":"Visitor","text":"Forget this","client_id":"msg_01a202e34ae078f9ba37bdcf55bc6868"}}}', 19, 774);


--
-- Data for Name: feed; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.feed VALUES (0, 0, 0, 0);


--
-- Data for Name: idempotency; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.idempotency VALUES ('agt_ben', 'once', 'hash', 201, '{}', 1795344780000);


--
-- Data for Name: identity_secrets; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.identity_secrets VALUES ('ids_01a202e34ae07d42ab33a4acb8b65e03', 'wgt_01a202e34ae07fb48556550b68cf7b74', 'fdi_yqzMXPex4eVg7kkxGTXUUI1gWuoh3BjTHQY9PETS5OI', 1795344780000);


--
-- Data for Name: leases; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.leases VALUES ('webhooks', 'first', 1795344781000);


--
-- Data for Name: mail_codes; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.mail_codes VALUES ('8732fdf46ddaa2b2f52f33c66eb7f181b680a760e232de84159f8085b0da85df', 'vis_01a202e34ae0748dbe9441ec153fab77', 1795949583000);


--
-- Data for Name: mail_secrets; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.mail_secrets VALUES ('099d464dc5bbc4efb9b17d4a4c226ac954ea12926c9b7bf3996125c5041ec7da', 'vis_01a202e34ae0748dbe9441ec153fab77');


--
-- Data for Name: mails; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.mails VALUES ('cnv_01a202e35a80709fbc09bd14fe61f72a', 'vis_01a202e34ae0748dbe9441ec153fab77', 1795344785000, 1795603985000, 0, 0);


--
-- Data for Name: mentions; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.mentions VALUES ('agt_01a202e34ae072039f941fe2beb2c988', 'cnv_01a202e34ae07d3d8afd72da5204b353', 2);


--
-- Data for Name: message_versions; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.message_versions VALUES ('msg_01a202e34ae0749baa13f9bae68b0a42', 1, 'Yes, since Sunday.', 1795344780000, 'agt_01a202e34ae07ed8b476a0a12dcac718');


--
-- Data for Name: messages; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.messages VALUES ('msg_01a202e34ae070ad80352d529d509031', 'cnv_01a202e34ae07d3d8afd72da5204b353', 1, 1, 'msg_01a202e34ae070ad80352d529d509031', 'visitor', 'vis_01a202e34ae07e708917f4e7ffb33707', 'Ana', 'text', 'Is the blue one back?', 1, 1795344780000, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.messages VALUES ('msg_01a202e34ae073baba4e56a1faf114f9', 'cnv_01a202e34ae07d3d8afd72da5204b353', 2, NULL, 'msg_01a202e34ae073baba4e56a1faf114f9', 'agent', 'agt_01a202e34ae07ed8b476a0a12dcac718', 'Ben', 'note', 'Ask the store', 1, 1795344780000, NULL, NULL, '["agt_01a202e34ae072039f941fe2beb2c988"]', NULL, NULL, NULL);
INSERT INTO public.messages VALUES ('msg_01a202e34ae0749baa13f9bae68b0a42', 'cnv_01a202e34ae07d3d8afd72da5204b353', 4, 3, 'msg_01a202e34ae0749baa13f9bae68b0a42', 'agent', 'agt_01a202e34ae07ed8b476a0a12dcac718', 'Ben', 'text', 'Yes, since Monday.', 1, 1795344780000, NULL, NULL, NULL, 1795344780000, NULL, NULL);
INSERT INTO public.messages VALUES ('msg_01a202e34ae07bdab1e964429d8edfea', 'cnv_01a202e34ae07d3d8afd72da5204b353', 9, 7, 'msg_01a202e34ae07bdab1e964429d8edfea', 'visitor', 'vis_01a202e34ae07e708917f4e7ffb33707', 'Ana', 'text', 'Look!', 2, 1795344780000, NULL, NULL, NULL, NULL, NULL, '[{"id":"att_01a202e34ae07bc28a93f95a6de1186b","name":"cat.jpg","media_type":"image/jpeg","bytes":990,"width":640,"height":480,"is_voice":false,"has_thumbnail":true}]');
INSERT INTO public.messages VALUES ('msg_01a202e34ae0770a9fa669ab1fe6c2c3', 'cnv_01a202e34ae0777baef1f864878c2651', 1, 1, 'msg_01a202e34ae0770a9fa669ab1fe6c2c3', 'visitor', 'vis_01a202e34ae0748dbe9441ec153fab77', 'Eve', 'text', 'Is it back?', 1, 1795344780000, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.messages VALUES ('msg_01a202e34ae077e5a80e47df7dbfa060', 'cnv_01a202e34ae0777baef1f864878c2651', 3, 3, 'msg_01a202e34ae077e5a80e47df7dbfa060', 'agent', 'agt_01a202e34ae07ed8b476a0a12dcac718', 'Ben', 'text', 'Yes', 1, 1795344780000, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.messages VALUES ('msg_01a202e352b07516bd3b7dec5ddb3234', 'cnv_01a202e352b07b408106b82765d90e56', 1, 1, 'msg_01a202e352b07516bd3b7dec5ddb3234', 'visitor', 'vis_01a202e34ae0748dbe9441ec153fab77', 'Eve', 'text', 'Is it back?', 1, 1795344782000, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.messages VALUES ('msg_01a202e352b0720ab1538cf1d19ad365', 'cnv_01a202e352b07b408106b82765d90e56', 3, 3, 'msg_01a202e352b0720ab1538cf1d19ad365', 'agent', 'agt_01a202e34ae07ed8b476a0a12dcac718', 'Ben', 'text', 'Yes', 1, 1795344782000, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.messages VALUES ('msg_01a202e35a807da7b2e1e2e66cf3053e', 'cnv_01a202e35a80709fbc09bd14fe61f72a', 1, 1, 'msg_01a202e35a807da7b2e1e2e66cf3053e', 'visitor', 'vis_01a202e34ae0748dbe9441ec153fab77', 'Eve', 'text', 'Is it back?', 1, 1795344784000, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.messages VALUES ('msg_01a202e35a807390b5f03c351225b832', 'cnv_01a202e35a80709fbc09bd14fe61f72a', 3, 3, 'msg_01a202e35a807390b5f03c351225b832', 'agent', 'agt_01a202e34ae07ed8b476a0a12dcac718', 'Ben', 'text', 'Yes', 1, 1795344784000, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO public.messages VALUES ('msg_01a202e34ae078f9ba37bdcf55bc6868', 'cnv_01a202e34ae07ff8b993238dd5e23317', 1, 1, 'msg_01a202e34ae078f9ba37bdcf55bc6868', 'visitor', 'vis_01a202e34ae0714c83eeddb9a1029912', 'Visitor', 'text', 'Forget this', 1, 1795344780000, NULL, NULL, NULL, NULL, NULL, NULL);


--
-- Data for Name: outbox; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.outbox VALUES ('hook', 3, 1, '{}', 1795344780000, 1795344780000, 1795344781000, 0);
INSERT INTO public.outbox VALUES ('chat/whk_01a202e34ae0767595e201645038317e', 1, 1, '{"id":"evt_01a202e34ae07ff8b993238dd5e23317_0","version":1,"type":"conversation.created","seq":0,"created_at":"2026-11-22T10:53:00.000Z","data":{"conversation_id":"cnv_01a202e34ae07ff8b993238dd5e23317","widget_id":"wgt_01a202e34ae07fb48556550b68cf7b74"}}', 1795344780000, 1795344780000, 1795603980000, 0);
INSERT INTO public.outbox VALUES ('chat/whk_01a202e34ae0767595e201645038317e', 1, 2, '{"id":"evt_01a202e34ae07ff8b993238dd5e23317_1","version":1,"type":"message.created","seq":1,"created_at":"2026-11-22T10:53:00.000Z","data":{"conversation_id":"cnv_01a202e34ae07ff8b993238dd5e23317","widget_id":"wgt_01a202e34ae07fb48556550b68cf7b74","message_id":"msg_01a202e34ae078f9ba37bdcf55bc6868","kind":"text","actor_type":"visitor","actor_id":"vis_01a202e34ae0714c83eeddb9a1029912"}}', 1795344780000, 1795344780000, 1795603980000, 0);


--
-- Data for Name: outbox_destinations; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.outbox_destinations VALUES ('hook', 1, 1);
INSERT INTO public.outbox_destinations VALUES ('chat/whk_01a202e34ae0767595e201645038317e', 2, 2);


--
-- Data for Name: participants; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.participants VALUES ('cnv_01a202e34ae07d3d8afd72da5204b353', 'agt_01a202e34ae07ed8b476a0a12dcac718', 'agent', 3, 2, 1795344780000, NULL, 0, NULL, NULL, 0, NULL, 0, NULL, 0, 0);
INSERT INTO public.participants VALUES ('cnv_01a202e34ae07d3d8afd72da5204b353', 'vis_01a202e34ae07e708917f4e7ffb33707', 'visitor', NULL, NULL, NULL, 'msg_01a202e34ae0749baa13f9bae68b0a42', 4, 7, 'msg_01a202e34ae0749baa13f9bae68b0a42', 3, 6, 1, NULL, 4, 3);
INSERT INTO public.participants VALUES ('cnv_01a202e34ae0777baef1f864878c2651', 'agt_01a202e34ae07ed8b476a0a12dcac718', 'agent', 2, 2, 1795344780000, NULL, 0, NULL, NULL, 0, NULL, 0, NULL, 0, 0);
INSERT INTO public.participants VALUES ('cnv_01a202e352b07b408106b82765d90e56', 'agt_01a202e34ae07ed8b476a0a12dcac718', 'agent', 2, 2, 1795344782000, NULL, 0, NULL, NULL, 0, NULL, 0, NULL, 0, 0);
INSERT INTO public.participants VALUES ('cnv_01a202e35a80709fbc09bd14fe61f72a', 'agt_01a202e34ae07ed8b476a0a12dcac718', 'agent', 2, 2, 1795344784000, NULL, 0, NULL, NULL, 0, NULL, 0, NULL, 0, 0);


--
-- Data for Name: reactions; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.reactions VALUES ('cnv_01a202e34ae07d3d8afd72da5204b353', 4, 'vis_01a202e34ae07e708917f4e7ffb33707', '👍', 'visitor', 6);


--
-- Data for Name: schema_versions; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.schema_versions VALUES (1);
INSERT INTO public.schema_versions VALUES (2);
INSERT INTO public.schema_versions VALUES (3);
INSERT INTO public.schema_versions VALUES (4);
INSERT INTO public.schema_versions VALUES (5);
INSERT INTO public.schema_versions VALUES (6);
INSERT INTO public.schema_versions VALUES (7);
INSERT INTO public.schema_versions VALUES (8);
INSERT INTO public.schema_versions VALUES (9);
INSERT INTO public.schema_versions VALUES (10);


--
-- Data for Name: search_docs; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.search_docs VALUES (1, 'vis_01a202e34ae07e708917f4e7ffb33707', '''ana'' ''p_wgt_01a202e34ae07fb48556550b68cf7b74''');
INSERT INTO public.search_docs VALUES (2, 'msg_01a202e34ae070ad80352d529d509031', '''back'' ''blue'' ''is'' ''m_wgt_01a202e34ae07fb48556550b68cf7b74'' ''one'' ''the''');
INSERT INTO public.search_docs VALUES (3, 'msg_01a202e34ae073baba4e56a1faf114f9', '''ask'' ''m_wgt_01a202e34ae07fb48556550b68cf7b74'' ''store'' ''the''');
INSERT INTO public.search_docs VALUES (4, 'msg_01a202e34ae0749baa13f9bae68b0a42', '''m_wgt_01a202e34ae07fb48556550b68cf7b74'' ''monday'' ''since'' ''yes''');
INSERT INTO public.search_docs VALUES (5, 'cnv_01a202e34ae07d3d8afd72da5204b353', '''blue'' ''c_wgt_01a202e34ae07fb48556550b68cf7b74''');


--
-- Data for Name: search_queue; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.search_queue VALUES (7, 'msg_01a202e34ae07bdab1e964429d8edfea');
INSERT INTO public.search_queue VALUES (8, 'vis_01a202e34ae0748dbe9441ec153fab77');
INSERT INTO public.search_queue VALUES (9, 'msg_01a202e34ae0770a9fa669ab1fe6c2c3');
INSERT INTO public.search_queue VALUES (10, 'msg_01a202e34ae077e5a80e47df7dbfa060');
INSERT INTO public.search_queue VALUES (11, 'msg_01a202e352b07516bd3b7dec5ddb3234');
INSERT INTO public.search_queue VALUES (12, 'msg_01a202e352b0720ab1538cf1d19ad365');
INSERT INTO public.search_queue VALUES (13, 'msg_01a202e35a807da7b2e1e2e66cf3053e');
INSERT INTO public.search_queue VALUES (14, 'msg_01a202e35a807390b5f03c351225b832');
INSERT INTO public.search_queue VALUES (15, 'ctc_01a202e34ae072019755ef7ba34934ac');
INSERT INTO public.search_queue VALUES (17, 'vis_01a202e34ae07e708917f4e7ffb33707');
INSERT INTO public.search_queue VALUES (18, 'ctc_01a202e34ae07cc883b94ce6343388b6');
INSERT INTO public.search_queue VALUES (20, 'vis_01a202e34ae07078a323658263693d03');
INSERT INTO public.search_queue VALUES (21, 'msg_01a202e34ae078f9ba37bdcf55bc6868');
INSERT INTO public.search_queue VALUES (22, 'vis_01a202e34ae0714c83eeddb9a1029912');


--
-- Data for Name: session_tokens; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.session_tokens VALUES ('02945bf133f9ae954cde676228815ca71b69cbc9323ff74dd74dc4674078ea8c', 'ses_01a202e34ae07e32bdf2d43a11f91556', 1796554380000);
INSERT INTO public.session_tokens VALUES ('acc1a0beb26415da314f83587332c8be2d363e5dc458d33b33a1c9738cebbf37', 'ses_01a202e34ae07251a306296bb1c160d7', 1795345680000);
INSERT INTO public.session_tokens VALUES ('79493b7bb135b457c1ae66e277a87ba721788efd78ba62584f5fb489a4fe782b', 'ses_01a202e34ae071d49959191b800f2e0d', 1795345680000);
INSERT INTO public.session_tokens VALUES ('691afd6c622b41aa8d0e03bac3e8bb97bd057706c04203f3053f836681bd1bb6', 'ses_01a202e34ae071d49959191b800f2e0d', 1795345681000);
INSERT INTO public.session_tokens VALUES ('d5085a3478a761a0cf7b54760de65823041c17d5ae90eb3efd77d6d35dd295e5', 'ses_01a202e34ae072e495d214bba5eca1b6', 1795345680000);


--
-- Data for Name: sessions; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.sessions VALUES ('ses_01a202e34ae07e32bdf2d43a11f91556', 'agent', 'agt_01a202e34ae07ed8b476a0a12dcac718', '06urGEatVGLnRhdeJKGvdxhgl1Zt0dDpac5HiP69S04', 1795344780000, 1796554380000);
INSERT INTO public.sessions VALUES ('ses_01a202e34ae07251a306296bb1c160d7', 'visitor', 'vis_01a202e34ae07e708917f4e7ffb33707', '', 1795344780000, 1795345680000);
INSERT INTO public.sessions VALUES ('ses_01a202e34ae071d49959191b800f2e0d', 'visitor', 'vis_01a202e34ae0748dbe9441ec153fab77', '', 1795344780000, 1795345681000);
INSERT INTO public.sessions VALUES ('ses_01a202e34ae072e495d214bba5eca1b6', 'visitor', 'vis_01a202e34ae07078a323658263693d03', '', 1795344780000, 1795345680000);
INSERT INTO public.sessions VALUES ('ses_01a202e34ae07b2bb1b2b04cbf2161f7', 'visitor', 'vis_01a202e34ae0714c83eeddb9a1029912', '', 1795344780000, 0);


--
-- Data for Name: setup_codes; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.setup_codes VALUES ('c90c66c748a75ce188b6438c303c0fe9c1144ac79e6b0fa05b8045db25da82b2', 'agt_01a202e34ae072039f941fe2beb2c988', 1795431180000);


--
-- Data for Name: told; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.told VALUES ('channel', 'shop', 'news', '', 1, 1795344780000);


--
-- Data for Name: visitors; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.visitors VALUES ('vis_01a202e34ae0748dbe9441ec153fab77', 'wgt_01a202e34ae07fb48556550b68cf7b74', 'af410bcb017a44e7e2203e93588ed9acd362d573081803ebbff1f2ec9dab2a9d', 'Eve', 'eve@home.example', 0, 1795344780000, NULL);
INSERT INTO public.visitors VALUES ('vis_01a202e34ae07e708917f4e7ffb33707', 'wgt_01a202e34ae07fb48556550b68cf7b74', '131de360c72f741a0a3cd4f7d78ab607c9bcafec46167807d8ba2b88b1445618', 'Ana', NULL, 0, 1795344780000, 'ctc_01a202e34ae072019755ef7ba34934ac');
INSERT INTO public.visitors VALUES ('vis_01a202e34ae07078a323658263693d03', 'wgt_01a202e34ae07fb48556550b68cf7b74', '210f051ea9cd843f13c7e0b4f8586f5dfe8e7835fb4c58b25150b97c64a1d28f', NULL, NULL, 0, 1795344780000, 'ctc_01a202e34ae07cc883b94ce6343388b6');
INSERT INTO public.visitors VALUES ('vis_01a202e34ae0714c83eeddb9a1029912', 'wgt_01a202e34ae07fb48556550b68cf7b74', '822d838070d5701add3251c3eae199a7111bd34770cac99157a7007b0145ec3f', NULL, NULL, 0, 1795344780000, NULL);


--
-- Data for Name: webhook_deliveries; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.webhook_deliveries VALUES ('dlv_01a202e34ae077f4a9eb2e6fb7e219e9', 'whk_01a202e34ae0767595e201645038317e', 'evt_01a202e34ae07721a7c9b68b8a27c431', 'webhook.test', 1, 1795344780000, 3, 204, NULL, 0, '{"id":"evt_01a202e34ae07721a7c9b68b8a27c431","version":1,"type":"webhook.test","seq":0,"created_at":"2026-11-22T10:53:00.000Z","data":{}}');


--
-- Data for Name: webhooks; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.webhooks VALUES ('whk_01a202e34ae0767595e201645038317e', 'https://shop.example/hook', '[]', '[]', 1, 'whsec_xyy/AYxn+hN8LkRDERdkhX0lHKgYP2jivcKLHVdi6zE=', NULL, 1795344780000);


--
-- Data for Name: widget_members; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.widget_members VALUES ('wgt_01a202e34ae07fb48556550b68cf7b74', 'agt_01a202e34ae072039f941fe2beb2c988');


--
-- Data for Name: widget_tokens; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.widget_tokens VALUES ('cbw_y8xmj5vzhn9kw5zl8id9fvn93o2xo0k01p2qfqlweaa6vj7pabjpiaf6wk3t', 'wgt_01a202e34ae07fb48556550b68cf7b74', 1796344780000);


--
-- Data for Name: widgets; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.widgets VALUES ('wgt_01a202e34ae07fb48556550b68cf7b74', 'cbw_vno46mhz5x17ud7jq9fhthvv1jayxijfaqoygn3zrbxhws7einwly57b8c3h', 'Chat with us', '#2563eb', 'Hello! How can we help?', '[]', 1795344780000, '{}');


--
-- Name: facts_position; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.facts_position', 19, true);


--
-- Name: search_docs_doc_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.search_docs_doc_seq', 5, true);


--
-- Name: search_queue_number_seq; Type: SEQUENCE SET; Schema: public; Owner: -
--

SELECT pg_catalog.setval('public.search_queue_number_seq', 22, true);


--
-- Name: agents agents_email_key_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.agents
    ADD CONSTRAINT agents_email_key_key UNIQUE (email_key);


--
-- Name: agents agents_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.agents
    ADD CONSTRAINT agents_pkey PRIMARY KEY (id);


--
-- Name: api_keys api_keys_agent_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_agent_id_key UNIQUE (agent_id);


--
-- Name: api_keys api_keys_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_pkey PRIMARY KEY (id);


--
-- Name: api_keys api_keys_secret_hash_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_secret_hash_key UNIQUE (secret_hash);


--
-- Name: attachment_remains attachment_remains_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.attachment_remains
    ADD CONSTRAINT attachment_remains_pkey PRIMARY KEY (id, what);


--
-- Name: attachments attachments_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.attachments
    ADD CONSTRAINT attachments_pkey PRIMARY KEY (id);


--
-- Name: blocks blocks_kind_value_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.blocks
    ADD CONSTRAINT blocks_kind_value_key UNIQUE (kind, value);


--
-- Name: blocks blocks_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.blocks
    ADD CONSTRAINT blocks_pkey PRIMARY KEY (id);


--
-- Name: contact_acts contact_acts_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.contact_acts
    ADD CONSTRAINT contact_acts_pkey PRIMARY KEY (id);


--
-- Name: contact_ids contact_ids_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.contact_ids
    ADD CONSTRAINT contact_ids_pkey PRIMARY KEY (widget_id, external_id);


--
-- Name: contacts contacts_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.contacts
    ADD CONSTRAINT contacts_pkey PRIMARY KEY (id);


--
-- Name: conversation_tags conversation_tags_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.conversation_tags
    ADD CONSTRAINT conversation_tags_pkey PRIMARY KEY (tag, conversation_id);


--
-- Name: conversations conversations_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.conversations
    ADD CONSTRAINT conversations_pkey PRIMARY KEY (id);


--
-- Name: conversations conversations_visitor_id_client_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.conversations
    ADD CONSTRAINT conversations_visitor_id_client_id_key UNIQUE (visitor_id, client_id);


--
-- Name: erasures erasures_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.erasures
    ADD CONSTRAINT erasures_pkey PRIMARY KEY (conversation_id);


--
-- Name: facts facts_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.facts
    ADD CONSTRAINT facts_pkey PRIMARY KEY (conversation_id, seq);


--
-- Name: idempotency idempotency_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.idempotency
    ADD CONSTRAINT idempotency_pkey PRIMARY KEY (principal, key);


--
-- Name: identity_secrets identity_secrets_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.identity_secrets
    ADD CONSTRAINT identity_secrets_pkey PRIMARY KEY (id);


--
-- Name: leases leases_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.leases
    ADD CONSTRAINT leases_pkey PRIMARY KEY (name);


--
-- Name: mail_codes mail_codes_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.mail_codes
    ADD CONSTRAINT mail_codes_pkey PRIMARY KEY (code_hash);


--
-- Name: mail_secrets mail_secrets_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.mail_secrets
    ADD CONSTRAINT mail_secrets_pkey PRIMARY KEY (secret_hash);


--
-- Name: mails mails_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.mails
    ADD CONSTRAINT mails_pkey PRIMARY KEY (conversation_id);


--
-- Name: mentions mentions_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.mentions
    ADD CONSTRAINT mentions_pkey PRIMARY KEY (agent_id, conversation_id, seq);


--
-- Name: message_versions message_versions_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.message_versions
    ADD CONSTRAINT message_versions_pkey PRIMARY KEY (message_id, version);


--
-- Name: messages messages_conversation_id_sender_id_client_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_conversation_id_sender_id_client_id_key UNIQUE (conversation_id, sender_id, client_id);


--
-- Name: messages messages_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_pkey PRIMARY KEY (id);


--
-- Name: outbox_destinations outbox_destinations_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.outbox_destinations
    ADD CONSTRAINT outbox_destinations_pkey PRIMARY KEY (id);


--
-- Name: outbox outbox_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_pkey PRIMARY KEY (destination, lane, number);


--
-- Name: participants participants_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.participants
    ADD CONSTRAINT participants_pkey PRIMARY KEY (conversation_id, person_id);


--
-- Name: reactions reactions_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.reactions
    ADD CONSTRAINT reactions_pkey PRIMARY KEY (conversation_id, message_seq, person_id, emoji);


--
-- Name: schema_versions schema_versions_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.schema_versions
    ADD CONSTRAINT schema_versions_pkey PRIMARY KEY (version);


--
-- Name: search_docs search_docs_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.search_docs
    ADD CONSTRAINT search_docs_pkey PRIMARY KEY (doc);


--
-- Name: search_docs search_docs_ref_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.search_docs
    ADD CONSTRAINT search_docs_ref_id_key UNIQUE (ref_id);


--
-- Name: search_queue search_queue_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.search_queue
    ADD CONSTRAINT search_queue_pkey PRIMARY KEY (number);


--
-- Name: search_queue search_queue_ref_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.search_queue
    ADD CONSTRAINT search_queue_ref_id_key UNIQUE (ref_id);


--
-- Name: session_tokens session_tokens_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.session_tokens
    ADD CONSTRAINT session_tokens_pkey PRIMARY KEY (token_hash);


--
-- Name: sessions sessions_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (id);


--
-- Name: setup_codes setup_codes_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.setup_codes
    ADD CONSTRAINT setup_codes_pkey PRIMARY KEY (code_hash);


--
-- Name: told told_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.told
    ADD CONSTRAINT told_pkey PRIMARY KEY (kind, app_id, channel, user_id);


--
-- Name: visitors visitors_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.visitors
    ADD CONSTRAINT visitors_pkey PRIMARY KEY (id);


--
-- Name: visitors visitors_secret_hash_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.visitors
    ADD CONSTRAINT visitors_secret_hash_key UNIQUE (secret_hash);


--
-- Name: webhook_deliveries webhook_deliveries_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_pkey PRIMARY KEY (id);


--
-- Name: webhooks webhooks_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.webhooks
    ADD CONSTRAINT webhooks_pkey PRIMARY KEY (id);


--
-- Name: widget_members widget_members_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.widget_members
    ADD CONSTRAINT widget_members_pkey PRIMARY KEY (agent_id, widget_id);


--
-- Name: widget_tokens widget_tokens_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.widget_tokens
    ADD CONSTRAINT widget_tokens_pkey PRIMARY KEY (token);


--
-- Name: widgets widgets_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.widgets
    ADD CONSTRAINT widgets_pkey PRIMARY KEY (id);


--
-- Name: widgets widgets_token_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.widgets
    ADD CONSTRAINT widgets_token_key UNIQUE (token);


--
-- Name: attachments_by_conversation; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX attachments_by_conversation ON public.attachments USING btree (conversation_id);


--
-- Name: attachments_loose; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX attachments_loose ON public.attachments USING btree (created_ms) WHERE (message_id IS NULL);


--
-- Name: contact_acts_by_contact; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX contact_acts_by_contact ON public.contact_acts USING btree (contact_id, id);


--
-- Name: contact_ids_by_contact; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX contact_ids_by_contact ON public.contact_ids USING btree (contact_id);


--
-- Name: contacts_by_age; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX contacts_by_age ON public.contacts USING btree (created_ms, id);


--
-- Name: contacts_by_email; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX contacts_by_email ON public.contacts USING btree (email_key) WHERE (email_key IS NOT NULL);


--
-- Name: conversation_tags_by_conversation; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX conversation_tags_by_conversation ON public.conversation_tags USING btree (conversation_id);


--
-- Name: conversation_tags_by_place; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX conversation_tags_by_place ON public.conversation_tags USING btree (tag, widget_id, status, last_message_ms, conversation_id);


--
-- Name: conversations_by_assignee; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX conversations_by_assignee ON public.conversations USING btree (assignee_id, widget_id, status, last_message_ms, id) WHERE (assignee_id IS NOT NULL);


--
-- Name: conversations_by_change; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX conversations_by_change ON public.conversations USING btree (last_message_ms, id) WHERE (last_message_ms IS NOT NULL);


--
-- Name: conversations_by_priority; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX conversations_by_priority ON public.conversations USING btree (priority, widget_id, status, last_message_ms, id) WHERE (priority <> 'normal'::text);


--
-- Name: conversations_by_status; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX conversations_by_status ON public.conversations USING btree (widget_id, status, last_message_ms, id);


--
-- Name: conversations_by_visitor; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX conversations_by_visitor ON public.conversations USING btree (visitor_id, created_ms);


--
-- Name: conversations_by_wake; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX conversations_by_wake ON public.conversations USING btree (snoozed_until_ms) WHERE (snoozed_until_ms IS NOT NULL);


--
-- Name: conversations_unassigned; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX conversations_unassigned ON public.conversations USING btree (widget_id, status, last_message_ms, id) WHERE (assignee_id IS NULL);


--
-- Name: conversations_waiting; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX conversations_waiting ON public.conversations USING btree (widget_id, status, waiting_since_ms, id) WHERE (waiting_since_ms IS NOT NULL);


--
-- Name: facts_by_position; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX facts_by_position ON public.facts USING btree (writer, "position");


--
-- Name: facts_of_activity; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX facts_of_activity ON public.facts USING btree (conversation_id, seq) WHERE (kind = ANY (ARRAY['agent.left'::text, 'conversation.updated'::text]));


--
-- Name: facts_of_changed_texts; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX facts_of_changed_texts ON public.facts USING btree (conversation_id, seq) WHERE (kind = 'message.updated'::text);


--
-- Name: idempotency_by_age; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX idempotency_by_age ON public.idempotency USING btree (started_ms);


--
-- Name: identity_secrets_by_widget; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX identity_secrets_by_widget ON public.identity_secrets USING btree (widget_id);


--
-- Name: mail_codes_by_expiry; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX mail_codes_by_expiry ON public.mail_codes USING btree (expires_ms);


--
-- Name: mail_codes_by_visitor; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX mail_codes_by_visitor ON public.mail_codes USING btree (visitor_id);


--
-- Name: mail_secrets_by_visitor; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX mail_secrets_by_visitor ON public.mail_secrets USING btree (visitor_id);


--
-- Name: mails_by_due; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX mails_by_due ON public.mails USING btree (due_ms);


--
-- Name: mails_by_visitor; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX mails_by_visitor ON public.mails USING btree (visitor_id);


--
-- Name: messages_by_quoted; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX messages_by_quoted ON public.messages USING btree (reply_to) WHERE (reply_to IS NOT NULL);


--
-- Name: outbox_by_end; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX outbox_by_end ON public.outbox USING btree (give_up_ms);


--
-- Name: search_docs_by_word; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX search_docs_by_word ON public.search_docs USING gin (words);


--
-- Name: session_tokens_by_expiry; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX session_tokens_by_expiry ON public.session_tokens USING btree (expires_ms);


--
-- Name: session_tokens_by_session; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX session_tokens_by_session ON public.session_tokens USING btree (session_id);


--
-- Name: sessions_by_expiry; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX sessions_by_expiry ON public.sessions USING btree (expires_ms);


--
-- Name: sessions_by_person; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX sessions_by_person ON public.sessions USING btree (person_id);


--
-- Name: visitors_by_contact; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX visitors_by_contact ON public.visitors USING btree (contact_id) WHERE (contact_id IS NOT NULL);


--
-- Name: visitors_by_label; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX visitors_by_label ON public.visitors USING btree (widget_id, created_ms) WHERE ((contact_id IS NULL) AND ((name IS NOT NULL) OR (email IS NOT NULL)));


--
-- Name: webhook_deliveries_by_webhook; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX webhook_deliveries_by_webhook ON public.webhook_deliveries USING btree (webhook_id, id);


--
-- Name: widget_tokens_by_widget; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX widget_tokens_by_widget ON public.widget_tokens USING btree (widget_id);


--
-- Name: facts facts_out_of_feed; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER facts_out_of_feed AFTER DELETE ON public.facts REFERENCING OLD TABLE AS gone FOR EACH STATEMENT EXECUTE FUNCTION public.facts_out_of_feed();


--
-- Name: contacts search_contact; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER search_contact AFTER INSERT OR DELETE OR UPDATE OF name, email ON public.contacts FOR EACH ROW EXECUTE FUNCTION public.search_again();


--
-- Name: conversations search_conversation; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER search_conversation AFTER UPDATE OF tags, attributes ON public.conversations FOR EACH ROW WHEN (((new.tags <> old.tags) OR (new.attributes <> old.attributes))) EXECUTE FUNCTION public.search_again();


--
-- Name: messages search_message; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER search_message AFTER INSERT OR DELETE OR UPDATE OF body ON public.messages FOR EACH ROW EXECUTE FUNCTION public.search_again();


--
-- Name: visitors search_visitor; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER search_visitor AFTER UPDATE OF name, email, contact_id ON public.visitors FOR EACH ROW EXECUTE FUNCTION public.search_again();


--
-- Name: visitors search_visitor_in; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER search_visitor_in AFTER INSERT ON public.visitors FOR EACH ROW WHEN (((new.name IS NOT NULL) OR (new.email IS NOT NULL))) EXECUTE FUNCTION public.search_again();


--
-- Name: conversation_tags tags_find_their_place; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER tags_find_their_place BEFORE INSERT ON public.conversation_tags FOR EACH ROW EXECUTE FUNCTION public.tags_find_their_place();


--
-- Name: conversations tags_keep_their_place; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER tags_keep_their_place AFTER UPDATE OF status, last_message_ms ON public.conversations FOR EACH ROW WHEN ((new.tags <> '[]'::text)) EXECUTE FUNCTION public.tags_keep_their_place();


--
-- Name: api_keys api_keys_agent_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.api_keys
    ADD CONSTRAINT api_keys_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES public.agents(id);


--
-- Name: attachments attachments_conversation_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.attachments
    ADD CONSTRAINT attachments_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES public.conversations(id);


--
-- Name: contact_ids contact_ids_contact_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.contact_ids
    ADD CONSTRAINT contact_ids_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES public.contacts(id);


--
-- Name: contact_ids contact_ids_widget_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.contact_ids
    ADD CONSTRAINT contact_ids_widget_id_fkey FOREIGN KEY (widget_id) REFERENCES public.widgets(id);


--
-- Name: contacts contacts_widget_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.contacts
    ADD CONSTRAINT contacts_widget_id_fkey FOREIGN KEY (widget_id) REFERENCES public.widgets(id);


--
-- Name: conversation_tags conversation_tags_conversation_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.conversation_tags
    ADD CONSTRAINT conversation_tags_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES public.conversations(id) ON DELETE CASCADE;


--
-- Name: conversations conversations_assignee_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.conversations
    ADD CONSTRAINT conversations_assignee_id_fkey FOREIGN KEY (assignee_id) REFERENCES public.agents(id);


--
-- Name: conversations conversations_visitor_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.conversations
    ADD CONSTRAINT conversations_visitor_id_fkey FOREIGN KEY (visitor_id) REFERENCES public.visitors(id);


--
-- Name: conversations conversations_widget_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.conversations
    ADD CONSTRAINT conversations_widget_id_fkey FOREIGN KEY (widget_id) REFERENCES public.widgets(id);


--
-- Name: erasures erasures_conversation_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.erasures
    ADD CONSTRAINT erasures_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES public.conversations(id);


--
-- Name: facts facts_conversation_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.facts
    ADD CONSTRAINT facts_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES public.conversations(id);


--
-- Name: identity_secrets identity_secrets_widget_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.identity_secrets
    ADD CONSTRAINT identity_secrets_widget_id_fkey FOREIGN KEY (widget_id) REFERENCES public.widgets(id);


--
-- Name: mail_codes mail_codes_visitor_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.mail_codes
    ADD CONSTRAINT mail_codes_visitor_id_fkey FOREIGN KEY (visitor_id) REFERENCES public.visitors(id);


--
-- Name: mail_secrets mail_secrets_visitor_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.mail_secrets
    ADD CONSTRAINT mail_secrets_visitor_id_fkey FOREIGN KEY (visitor_id) REFERENCES public.visitors(id);


--
-- Name: mails mails_conversation_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.mails
    ADD CONSTRAINT mails_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES public.conversations(id) ON DELETE CASCADE;


--
-- Name: mails mails_visitor_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.mails
    ADD CONSTRAINT mails_visitor_id_fkey FOREIGN KEY (visitor_id) REFERENCES public.visitors(id);


--
-- Name: mentions mentions_agent_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.mentions
    ADD CONSTRAINT mentions_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES public.agents(id);


--
-- Name: mentions mentions_conversation_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.mentions
    ADD CONSTRAINT mentions_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES public.conversations(id) ON DELETE CASCADE;


--
-- Name: message_versions message_versions_message_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.message_versions
    ADD CONSTRAINT message_versions_message_id_fkey FOREIGN KEY (message_id) REFERENCES public.messages(id) ON DELETE CASCADE;


--
-- Name: messages messages_conversation_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.messages
    ADD CONSTRAINT messages_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES public.conversations(id);


--
-- Name: outbox outbox_destination_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.outbox
    ADD CONSTRAINT outbox_destination_fkey FOREIGN KEY (destination) REFERENCES public.outbox_destinations(id);


--
-- Name: participants participants_conversation_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.participants
    ADD CONSTRAINT participants_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES public.conversations(id);


--
-- Name: reactions reactions_conversation_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.reactions
    ADD CONSTRAINT reactions_conversation_id_fkey FOREIGN KEY (conversation_id) REFERENCES public.conversations(id) ON DELETE CASCADE;


--
-- Name: session_tokens session_tokens_session_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.session_tokens
    ADD CONSTRAINT session_tokens_session_id_fkey FOREIGN KEY (session_id) REFERENCES public.sessions(id) ON DELETE CASCADE;


--
-- Name: setup_codes setup_codes_agent_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.setup_codes
    ADD CONSTRAINT setup_codes_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES public.agents(id);


--
-- Name: visitors visitors_contact_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.visitors
    ADD CONSTRAINT visitors_contact_id_fkey FOREIGN KEY (contact_id) REFERENCES public.contacts(id);


--
-- Name: visitors visitors_widget_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.visitors
    ADD CONSTRAINT visitors_widget_id_fkey FOREIGN KEY (widget_id) REFERENCES public.widgets(id);


--
-- Name: webhook_deliveries webhook_deliveries_webhook_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.webhook_deliveries
    ADD CONSTRAINT webhook_deliveries_webhook_id_fkey FOREIGN KEY (webhook_id) REFERENCES public.webhooks(id) ON DELETE CASCADE;


--
-- Name: widget_members widget_members_agent_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.widget_members
    ADD CONSTRAINT widget_members_agent_id_fkey FOREIGN KEY (agent_id) REFERENCES public.agents(id);


--
-- Name: widget_members widget_members_widget_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.widget_members
    ADD CONSTRAINT widget_members_widget_id_fkey FOREIGN KEY (widget_id) REFERENCES public.widgets(id);


--
-- Name: widget_tokens widget_tokens_widget_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.widget_tokens
    ADD CONSTRAINT widget_tokens_widget_id_fkey FOREIGN KEY (widget_id) REFERENCES public.widgets(id);


--
-- PostgreSQL database dump complete
--


