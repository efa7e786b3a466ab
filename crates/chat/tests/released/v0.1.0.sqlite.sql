-- Made by `xtask release-schema`; what a test has to know of it:
-- answer: msg_01a202e34ae079d89075fa4f44576d1d
-- conversation: cnv_01a202e34ae07ed0ae71a77de0c3b0a1
-- forgotten: cnv_01a202e34ae075aba5e99807713e858c
-- invited: pcX8ucU3baCH5PITRoqCdXd_rJPkCuhmi8rpsLx_Mew
-- key: fdk_WeOvczDh8kYnfqnjklQe2xdxc00Z8piHlyzIZrtO9Ic
-- kim: vis_01a202e34ae0725fb5af38153ce99ff6
-- old_token: cbw_ih2sgl7uc08f4pw1jng759f48aq5dj5l55mnhwr5wta13q9oph0e28ocezjf
-- secret: fds_hjFfWppDAGw2xz5UPyGoaj3gYWc9RtoPSSdEL7DGixQ
-- token: cbw_zgf6l6bzbxmqq5sgkco8cgdjiugbx4esoz7zaivrc5e9g8dsg44hsejm67ov
-- visitor: vis_01a202e34ae078d4a752e6718bde0f1b
-- webhook: whk_01a202e34ae077bdbb6d603221c40e41
-- widget: wgt_01a202e34ae0709fb0aeb934eda7084a

PRAGMA foreign_keys = OFF;
PRAGMA writable_schema = ON;
BEGIN;
CREATE TABLE schema_versions (version INTEGER NOT NULL PRIMARY KEY) STRICT;
INSERT INTO schema_versions (version) VALUES (1);
INSERT INTO schema_versions (version) VALUES (2);
INSERT INTO schema_versions (version) VALUES (3);
INSERT INTO schema_versions (version) VALUES (4);
INSERT INTO schema_versions (version) VALUES (5);
INSERT INTO schema_versions (version) VALUES (6);
INSERT INTO schema_versions (version) VALUES (7);
INSERT INTO schema_versions (version) VALUES (8);
INSERT INTO schema_versions (version) VALUES (9);
INSERT INTO schema_versions (version) VALUES (10);
CREATE TABLE widgets (
    id TEXT NOT NULL PRIMARY KEY,
    token TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    color TEXT NOT NULL,
    greeting TEXT NOT NULL,
    origins TEXT NOT NULL, -- JSON array
    created_ms INTEGER NOT NULL
, settings TEXT NOT NULL DEFAULT '{}') STRICT;
INSERT INTO widgets (id, token, name, color, greeting, origins, created_ms, settings) VALUES ('wgt_01a202e34ae0709fb0aeb934eda7084a', 'cbw_zgf6l6bzbxmqq5sgkco8cgdjiugbx4esoz7zaivrc5e9g8dsg44hsejm67ov', 'Chat with us', '#2563eb', 'Hello! How can we help?', '[]', 1795344780000, '{}');
CREATE TABLE visitors (
    id TEXT NOT NULL PRIMARY KEY,
    widget_id TEXT NOT NULL REFERENCES widgets (id),
    secret_hash TEXT NOT NULL UNIQUE,
    name TEXT,
    email TEXT,
    verified INTEGER NOT NULL DEFAULT 0,
    created_ms INTEGER NOT NULL
, contact_id TEXT REFERENCES contacts (id)) STRICT, WITHOUT ROWID;
INSERT INTO visitors (id, widget_id, secret_hash, name, email, verified, created_ms, contact_id) VALUES ('vis_01a202e34ae0725fb5af38153ce99ff6', 'wgt_01a202e34ae0709fb0aeb934eda7084a', '9af97517a1a826088f10a24686571ddfc6d5f7198e34fda4180b4fb25a08e022', NULL, NULL, 0, 1795344780000, 'ctc_01a202e34ae07dc5a896a2e53262967a');
INSERT INTO visitors (id, widget_id, secret_hash, name, email, verified, created_ms, contact_id) VALUES ('vis_01a202e34ae078d4a752e6718bde0f1b', 'wgt_01a202e34ae0709fb0aeb934eda7084a', '95c2fb18fd631f6274ae938de1d05e6b932651077ece0b6e6ad3d2f456c73123', 'Ana', NULL, 0, 1795344780000, 'ctc_01a202e34ae07b7b9776e86b45ded078');
INSERT INTO visitors (id, widget_id, secret_hash, name, email, verified, created_ms, contact_id) VALUES ('vis_01a202e34ae07b80beed9239cf40682a', 'wgt_01a202e34ae0709fb0aeb934eda7084a', '99a02a0783cf282ec9cc49c4a623462d4099c7d4b580e077fea59b5eb90c0193', NULL, NULL, 0, 1795344780000, NULL);
INSERT INTO visitors (id, widget_id, secret_hash, name, email, verified, created_ms, contact_id) VALUES ('vis_01a202e34ae07de7aa061f8230193727', 'wgt_01a202e34ae0709fb0aeb934eda7084a', '7bc607cccfd4f29d19ddea8bc514afdc0c7389a48a5a404542214bb1daba3fc6', 'Eve', 'eve@home.example', 0, 1795344780000, NULL);
CREATE TABLE agents (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    email TEXT NOT NULL,
    email_key TEXT UNIQUE, -- lower case; NULL frees the address of an agent who was removed
    avatar TEXT,
    role TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    removed_ms INTEGER
, status TEXT NOT NULL DEFAULT 'online') STRICT;
INSERT INTO agents (id, name, email, email_key, avatar, role, password_hash, created_ms, removed_ms, status) VALUES ('agt_01a202e34ae0781580c1ec98aedb9f26', 'Ben', 'ben@shop.example', 'ben@shop.example', NULL, 'owner', '$argon2id$v=19$m=19456,t=2,p=1$n+/p+dWg+U4xxmMVJsnj6w$ibWWoSXayp7og+tIRJNP16OhtsIEl143SrayMy9v4VM', 1795344780000, NULL, 'online');
INSERT INTO agents (id, name, email, email_key, avatar, role, password_hash, created_ms, removed_ms, status) VALUES ('agt_01a202e34ae07d178320ee489743f305', 'Dora', 'dora@shop.example', 'dora@shop.example', NULL, 'agent', '$argon2id$v=19$m=19456,t=2,p=1$baDijlqnexoPDI9iKzc4lQ$wS06vQ1nbA/J1hMwXrBCns8kUMV0oc79Ia8HknOeAQg', 1795344780000, NULL, 'online');
INSERT INTO agents (id, name, email, email_key, avatar, role, password_hash, created_ms, removed_ms, status) VALUES ('agt_01a202e34ae0761ea02c5337b316b57a', 'Shop', '', NULL, NULL, 'owner', '', 1795344780000, NULL, 'online');
CREATE TABLE widget_members (
    widget_id TEXT NOT NULL REFERENCES widgets (id),
    agent_id TEXT NOT NULL REFERENCES agents (id),
    PRIMARY KEY (agent_id, widget_id)
) STRICT, WITHOUT ROWID;
INSERT INTO widget_members (widget_id, agent_id) VALUES ('wgt_01a202e34ae0709fb0aeb934eda7084a', 'agt_01a202e34ae07d178320ee489743f305');
CREATE TABLE sessions (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL, -- visitor or agent
    person_id TEXT NOT NULL,
    csrf TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    expires_ms INTEGER NOT NULL
) STRICT;
INSERT INTO sessions (id, kind, person_id, csrf, created_ms, expires_ms) VALUES ('ses_01a202e34ae0702eb8e34ceb240a77f1', 'agent', 'agt_01a202e34ae0781580c1ec98aedb9f26', 'dp0eQQ8Cvp4tfTKCEqSIWdnzeAUo-_mU9yiB4iEYM9A', 1795344780000, 1796554380000);
INSERT INTO sessions (id, kind, person_id, csrf, created_ms, expires_ms) VALUES ('ses_01a202e34ae07a108313023336efbe8d', 'visitor', 'vis_01a202e34ae078d4a752e6718bde0f1b', '', 1795344780000, 1795345680000);
INSERT INTO sessions (id, kind, person_id, csrf, created_ms, expires_ms) VALUES ('ses_01a202e34ae07285abce8f6bb8242626', 'visitor', 'vis_01a202e34ae07de7aa061f8230193727', '', 1795344780000, 1795345681000);
INSERT INTO sessions (id, kind, person_id, csrf, created_ms, expires_ms) VALUES ('ses_01a202e34ae07447b7a1461a486fd876', 'visitor', 'vis_01a202e34ae0725fb5af38153ce99ff6', '', 1795344780000, 1795345680000);
INSERT INTO sessions (id, kind, person_id, csrf, created_ms, expires_ms) VALUES ('ses_01a202e34ae075b59946dd0ccde3ba23', 'visitor', 'vis_01a202e34ae07b80beed9239cf40682a', '', 1795344780000, 0);
CREATE TABLE session_tokens (
    token_hash TEXT NOT NULL PRIMARY KEY,
    session_id TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    expires_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO session_tokens (token_hash, session_id, expires_ms) VALUES ('79b411221800ccd56d649eae533c1611bdd841bed937fb76791cd99b05f2d4b7', 'ses_01a202e34ae07285abce8f6bb8242626', 1795345681000);
INSERT INTO session_tokens (token_hash, session_id, expires_ms) VALUES ('a34ee53d65ae94530a4dd2ff9e6218201bf7d0c56cff57567c8e3e7282e68eb2', 'ses_01a202e34ae07447b7a1461a486fd876', 1795345680000);
INSERT INTO session_tokens (token_hash, session_id, expires_ms) VALUES ('c3389a22e09e0c27caf69cbd13a408d329702a4aafdc7248f6bdb3ac272af7d5', 'ses_01a202e34ae07a108313023336efbe8d', 1795345680000);
INSERT INTO session_tokens (token_hash, session_id, expires_ms) VALUES ('cdd8baaa96aa49707625014e227f29a0447d3e989d50e6a9d0a11f64b000c024', 'ses_01a202e34ae0702eb8e34ceb240a77f1', 1796554380000);
INSERT INTO session_tokens (token_hash, session_id, expires_ms) VALUES ('fa8fa7a5a3e0d61e559f780567407e8a9752305aa50e4195db7705c51e633b28', 'ses_01a202e34ae07285abce8f6bb8242626', 1795345680000);
CREATE TABLE setup_codes (
    code_hash TEXT NOT NULL PRIMARY KEY,
    agent_id TEXT REFERENCES agents (id), -- NULL: for the first agent
    expires_ms INTEGER NOT NULL
) STRICT;
INSERT INTO setup_codes (code_hash, agent_id, expires_ms) VALUES ('ef33137451509dc0c63f01ab161a8fa84537f022b943430447654203f885ce34', 'agt_01a202e34ae07d178320ee489743f305', 1795431180000);
CREATE TABLE conversations (
    id TEXT NOT NULL PRIMARY KEY,
    widget_id TEXT NOT NULL REFERENCES widgets (id),
    visitor_id TEXT NOT NULL REFERENCES visitors (id),
    client_id TEXT NOT NULL,
    status TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    last_seq INTEGER NOT NULL DEFAULT 0,         -- the agents' counter
    last_visitor_seq INTEGER NOT NULL DEFAULT 0, -- the visitors' counter
    visitor_messages INTEGER NOT NULL DEFAULT 0,
    last_message_ms INTEGER, -- NULL until there is a message; so are the four below
    last_sender_kind TEXT,
    last_sender_name TEXT,
    last_kind TEXT,
    last_text TEXT, assignee_id TEXT REFERENCES agents (id), priority TEXT NOT NULL DEFAULT 'normal', snoozed_until_ms INTEGER, tags TEXT NOT NULL DEFAULT '[]', attributes TEXT NOT NULL DEFAULT '{}', waiting_since_ms INTEGER, last_message_id TEXT, log_from_seq INTEGER NOT NULL DEFAULT 0, log_from_visitor_seq INTEGER NOT NULL DEFAULT 0, mailed_visitor_seq INTEGER NOT NULL DEFAULT 0, mailed_ms INTEGER NOT NULL DEFAULT 0,
    UNIQUE (visitor_id, client_id)
) STRICT;
INSERT INTO conversations (id, widget_id, visitor_id, client_id, status, created_ms, last_seq, last_visitor_seq, visitor_messages, last_message_ms, last_sender_kind, last_sender_name, last_kind, last_text, assignee_id, priority, snoozed_until_ms, tags, attributes, waiting_since_ms, last_message_id, log_from_seq, log_from_visitor_seq, mailed_visitor_seq, mailed_ms) VALUES ('cnv_01a202e34ae07ed0ae71a77de0c3b0a1', 'wgt_01a202e34ae0709fb0aeb934eda7084a', 'vis_01a202e34ae078d4a752e6718bde0f1b', 'cnv_01a202e34ae07ed0ae71a77de0c3b0a1', 'open', 1795344780000, 9, 7, 2, 1795344780000, 'visitor', 'Ana', 'text', 'Look!', NULL, 'normal', NULL, '["blue"]', '{}', 1795344780000, 'msg_01a202e34ae079f980a725eb00752a5e', 0, 0, 0, 0);
INSERT INTO conversations (id, widget_id, visitor_id, client_id, status, created_ms, last_seq, last_visitor_seq, visitor_messages, last_message_ms, last_sender_kind, last_sender_name, last_kind, last_text, assignee_id, priority, snoozed_until_ms, tags, attributes, waiting_since_ms, last_message_id, log_from_seq, log_from_visitor_seq, mailed_visitor_seq, mailed_ms) VALUES ('cnv_01a202e34ae0746d8a30908fd8f59732', 'wgt_01a202e34ae0709fb0aeb934eda7084a', 'vis_01a202e34ae07de7aa061f8230193727', 'cnv_01a202e34ae0746d8a30908fd8f59732', 'open', 1795344780000, 3, 3, 1, 1795344780000, 'agent', 'Ben', 'text', 'Yes', NULL, 'normal', NULL, '[]', '{}', NULL, 'msg_01a202e34ae077ab8ebf66e12a7cbd6b', 0, 0, 3, 1795344781000);
INSERT INTO conversations (id, widget_id, visitor_id, client_id, status, created_ms, last_seq, last_visitor_seq, visitor_messages, last_message_ms, last_sender_kind, last_sender_name, last_kind, last_text, assignee_id, priority, snoozed_until_ms, tags, attributes, waiting_since_ms, last_message_id, log_from_seq, log_from_visitor_seq, mailed_visitor_seq, mailed_ms) VALUES ('cnv_01a202e352b076f2bf238f40410199f8', 'wgt_01a202e34ae0709fb0aeb934eda7084a', 'vis_01a202e34ae07de7aa061f8230193727', 'cnv_01a202e352b076f2bf238f40410199f8', 'open', 1795344782000, 3, 3, 1, 1795344782000, 'agent', 'Ben', 'text', 'Yes', NULL, 'normal', NULL, '[]', '{}', NULL, 'msg_01a202e352b07b6089effc963ef60f79', 0, 0, 3, 1795344783000);
INSERT INTO conversations (id, widget_id, visitor_id, client_id, status, created_ms, last_seq, last_visitor_seq, visitor_messages, last_message_ms, last_sender_kind, last_sender_name, last_kind, last_text, assignee_id, priority, snoozed_until_ms, tags, attributes, waiting_since_ms, last_message_id, log_from_seq, log_from_visitor_seq, mailed_visitor_seq, mailed_ms) VALUES ('cnv_01a202e35a80755298be924dfb1876a4', 'wgt_01a202e34ae0709fb0aeb934eda7084a', 'vis_01a202e34ae07de7aa061f8230193727', 'cnv_01a202e35a80755298be924dfb1876a4', 'open', 1795344784000, 3, 3, 1, 1795344784000, 'agent', 'Ben', 'text', 'Yes', NULL, 'normal', NULL, '[]', '{}', NULL, 'msg_01a202e35a807ed2bd2a905625745423', 0, 0, 0, 0);
INSERT INTO conversations (id, widget_id, visitor_id, client_id, status, created_ms, last_seq, last_visitor_seq, visitor_messages, last_message_ms, last_sender_kind, last_sender_name, last_kind, last_text, assignee_id, priority, snoozed_until_ms, tags, attributes, waiting_since_ms, last_message_id, log_from_seq, log_from_visitor_seq, mailed_visitor_seq, mailed_ms) VALUES ('cnv_01a202e34ae075aba5e99807713e858c', 'wgt_01a202e34ae0709fb0aeb934eda7084a', 'vis_01a202e34ae07b80beed9239cf40682a', 'cnv_01a202e34ae075aba5e99807713e858c', 'open', 1795344780000, 1, 1, 1, 1795344780000, 'visitor', 'Visitor', 'text', 'Forget this', NULL, 'normal', NULL, '[]', '{}', 1795344780000, 'msg_01a202e34ae07958b3a5070bab54a892', 0, 0, 0, 0);
CREATE TABLE participants (
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    person_id TEXT NOT NULL,
    kind TEXT NOT NULL, -- visitor or agent
    joined_seq INTEGER, -- of the fact; NULL: has only read
    joined_visitor_seq INTEGER,
    joined_ms INTEGER,
    read_message_id TEXT,
    read_seq INTEGER NOT NULL DEFAULT 0,
    read_since_seq INTEGER, -- seq of the first receipt: the order of receipts
    read_visitor_message_id TEXT,
    read_visitor_seq INTEGER NOT NULL DEFAULT 0,
    read_visitor_since_seq INTEGER,
    read_visitor_messages INTEGER NOT NULL DEFAULT 0, left_seq INTEGER, delivered_seq INTEGER NOT NULL DEFAULT 0, delivered_visitor_seq INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (conversation_id, person_id)
) STRICT, WITHOUT ROWID;
INSERT INTO participants (conversation_id, person_id, kind, joined_seq, joined_visitor_seq, joined_ms, read_message_id, read_seq, read_since_seq, read_visitor_message_id, read_visitor_seq, read_visitor_since_seq, read_visitor_messages, left_seq, delivered_seq, delivered_visitor_seq) VALUES ('cnv_01a202e34ae0746d8a30908fd8f59732', 'agt_01a202e34ae0781580c1ec98aedb9f26', 'agent', 2, 2, 1795344780000, NULL, 0, NULL, NULL, 0, NULL, 0, NULL, 0, 0);
INSERT INTO participants (conversation_id, person_id, kind, joined_seq, joined_visitor_seq, joined_ms, read_message_id, read_seq, read_since_seq, read_visitor_message_id, read_visitor_seq, read_visitor_since_seq, read_visitor_messages, left_seq, delivered_seq, delivered_visitor_seq) VALUES ('cnv_01a202e34ae07ed0ae71a77de0c3b0a1', 'agt_01a202e34ae0781580c1ec98aedb9f26', 'agent', 3, 2, 1795344780000, NULL, 0, NULL, NULL, 0, NULL, 0, NULL, 0, 0);
INSERT INTO participants (conversation_id, person_id, kind, joined_seq, joined_visitor_seq, joined_ms, read_message_id, read_seq, read_since_seq, read_visitor_message_id, read_visitor_seq, read_visitor_since_seq, read_visitor_messages, left_seq, delivered_seq, delivered_visitor_seq) VALUES ('cnv_01a202e34ae07ed0ae71a77de0c3b0a1', 'vis_01a202e34ae078d4a752e6718bde0f1b', 'visitor', NULL, NULL, NULL, 'msg_01a202e34ae079d89075fa4f44576d1d', 4, 7, 'msg_01a202e34ae079d89075fa4f44576d1d', 3, 6, 1, NULL, 4, 3);
INSERT INTO participants (conversation_id, person_id, kind, joined_seq, joined_visitor_seq, joined_ms, read_message_id, read_seq, read_since_seq, read_visitor_message_id, read_visitor_seq, read_visitor_since_seq, read_visitor_messages, left_seq, delivered_seq, delivered_visitor_seq) VALUES ('cnv_01a202e352b076f2bf238f40410199f8', 'agt_01a202e34ae0781580c1ec98aedb9f26', 'agent', 2, 2, 1795344782000, NULL, 0, NULL, NULL, 0, NULL, 0, NULL, 0, 0);
INSERT INTO participants (conversation_id, person_id, kind, joined_seq, joined_visitor_seq, joined_ms, read_message_id, read_seq, read_since_seq, read_visitor_message_id, read_visitor_seq, read_visitor_since_seq, read_visitor_messages, left_seq, delivered_seq, delivered_visitor_seq) VALUES ('cnv_01a202e35a80755298be924dfb1876a4', 'agt_01a202e34ae0781580c1ec98aedb9f26', 'agent', 2, 2, 1795344784000, NULL, 0, NULL, NULL, 0, NULL, 0, NULL, 0, 0);
CREATE TABLE messages (
    id TEXT NOT NULL PRIMARY KEY,
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    seq INTEGER NOT NULL,
    visitor_seq INTEGER, -- NULL: a note
    client_id TEXT NOT NULL,
    sender_kind TEXT NOT NULL,
    sender_id TEXT NOT NULL, -- empty: the system
    sender_name TEXT NOT NULL,
    kind TEXT NOT NULL, -- text or note
    body TEXT NOT NULL,
    visitor_messages INTEGER NOT NULL, -- how many the visitor had written with this one
    created_ms INTEGER NOT NULL, reply_to TEXT, rating INTEGER, mentions TEXT, edited_ms INTEGER, deleted_ms INTEGER, attachments TEXT,
    UNIQUE (conversation_id, sender_id, client_id)
) STRICT;
INSERT INTO messages (id, conversation_id, seq, visitor_seq, client_id, sender_kind, sender_id, sender_name, kind, body, visitor_messages, created_ms, reply_to, rating, mentions, edited_ms, deleted_ms, attachments) VALUES ('msg_01a202e34ae070a88774df11127249c9', 'cnv_01a202e34ae07ed0ae71a77de0c3b0a1', 1, 1, 'msg_01a202e34ae070a88774df11127249c9', 'visitor', 'vis_01a202e34ae078d4a752e6718bde0f1b', 'Ana', 'text', 'Is the blue one back?', 1, 1795344780000, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO messages (id, conversation_id, seq, visitor_seq, client_id, sender_kind, sender_id, sender_name, kind, body, visitor_messages, created_ms, reply_to, rating, mentions, edited_ms, deleted_ms, attachments) VALUES ('msg_01a202e34ae07c92af795ff5458d6d9e', 'cnv_01a202e34ae07ed0ae71a77de0c3b0a1', 2, NULL, 'msg_01a202e34ae07c92af795ff5458d6d9e', 'agent', 'agt_01a202e34ae0781580c1ec98aedb9f26', 'Ben', 'note', 'Ask the store', 1, 1795344780000, NULL, NULL, '["agt_01a202e34ae07d178320ee489743f305"]', NULL, NULL, NULL);
INSERT INTO messages (id, conversation_id, seq, visitor_seq, client_id, sender_kind, sender_id, sender_name, kind, body, visitor_messages, created_ms, reply_to, rating, mentions, edited_ms, deleted_ms, attachments) VALUES ('msg_01a202e34ae079d89075fa4f44576d1d', 'cnv_01a202e34ae07ed0ae71a77de0c3b0a1', 4, 3, 'msg_01a202e34ae079d89075fa4f44576d1d', 'agent', 'agt_01a202e34ae0781580c1ec98aedb9f26', 'Ben', 'text', 'Yes, since Monday.', 1, 1795344780000, NULL, NULL, NULL, 1795344780000, NULL, NULL);
INSERT INTO messages (id, conversation_id, seq, visitor_seq, client_id, sender_kind, sender_id, sender_name, kind, body, visitor_messages, created_ms, reply_to, rating, mentions, edited_ms, deleted_ms, attachments) VALUES ('msg_01a202e34ae079f980a725eb00752a5e', 'cnv_01a202e34ae07ed0ae71a77de0c3b0a1', 9, 7, 'msg_01a202e34ae079f980a725eb00752a5e', 'visitor', 'vis_01a202e34ae078d4a752e6718bde0f1b', 'Ana', 'text', 'Look!', 2, 1795344780000, NULL, NULL, NULL, NULL, NULL, '[{"id":"att_01a202e34ae07216a4684a5aee70126f","name":"cat.jpg","media_type":"image/jpeg","bytes":990,"width":640,"height":480,"is_voice":false,"has_thumbnail":true}]');
INSERT INTO messages (id, conversation_id, seq, visitor_seq, client_id, sender_kind, sender_id, sender_name, kind, body, visitor_messages, created_ms, reply_to, rating, mentions, edited_ms, deleted_ms, attachments) VALUES ('msg_01a202e34ae0782c84386d052cd7c333', 'cnv_01a202e34ae0746d8a30908fd8f59732', 1, 1, 'msg_01a202e34ae0782c84386d052cd7c333', 'visitor', 'vis_01a202e34ae07de7aa061f8230193727', 'Eve', 'text', 'Is it back?', 1, 1795344780000, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO messages (id, conversation_id, seq, visitor_seq, client_id, sender_kind, sender_id, sender_name, kind, body, visitor_messages, created_ms, reply_to, rating, mentions, edited_ms, deleted_ms, attachments) VALUES ('msg_01a202e34ae077ab8ebf66e12a7cbd6b', 'cnv_01a202e34ae0746d8a30908fd8f59732', 3, 3, 'msg_01a202e34ae077ab8ebf66e12a7cbd6b', 'agent', 'agt_01a202e34ae0781580c1ec98aedb9f26', 'Ben', 'text', 'Yes', 1, 1795344780000, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO messages (id, conversation_id, seq, visitor_seq, client_id, sender_kind, sender_id, sender_name, kind, body, visitor_messages, created_ms, reply_to, rating, mentions, edited_ms, deleted_ms, attachments) VALUES ('msg_01a202e352b07d08ba84e32969c053ea', 'cnv_01a202e352b076f2bf238f40410199f8', 1, 1, 'msg_01a202e352b07d08ba84e32969c053ea', 'visitor', 'vis_01a202e34ae07de7aa061f8230193727', 'Eve', 'text', 'Is it back?', 1, 1795344782000, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO messages (id, conversation_id, seq, visitor_seq, client_id, sender_kind, sender_id, sender_name, kind, body, visitor_messages, created_ms, reply_to, rating, mentions, edited_ms, deleted_ms, attachments) VALUES ('msg_01a202e352b07b6089effc963ef60f79', 'cnv_01a202e352b076f2bf238f40410199f8', 3, 3, 'msg_01a202e352b07b6089effc963ef60f79', 'agent', 'agt_01a202e34ae0781580c1ec98aedb9f26', 'Ben', 'text', 'Yes', 1, 1795344782000, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO messages (id, conversation_id, seq, visitor_seq, client_id, sender_kind, sender_id, sender_name, kind, body, visitor_messages, created_ms, reply_to, rating, mentions, edited_ms, deleted_ms, attachments) VALUES ('msg_01a202e35a807faca58b283a1ed0190c', 'cnv_01a202e35a80755298be924dfb1876a4', 1, 1, 'msg_01a202e35a807faca58b283a1ed0190c', 'visitor', 'vis_01a202e34ae07de7aa061f8230193727', 'Eve', 'text', 'Is it back?', 1, 1795344784000, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO messages (id, conversation_id, seq, visitor_seq, client_id, sender_kind, sender_id, sender_name, kind, body, visitor_messages, created_ms, reply_to, rating, mentions, edited_ms, deleted_ms, attachments) VALUES ('msg_01a202e35a807ed2bd2a905625745423', 'cnv_01a202e35a80755298be924dfb1876a4', 3, 3, 'msg_01a202e35a807ed2bd2a905625745423', 'agent', 'agt_01a202e34ae0781580c1ec98aedb9f26', 'Ben', 'text', 'Yes', 1, 1795344784000, NULL, NULL, NULL, NULL, NULL, NULL);
INSERT INTO messages (id, conversation_id, seq, visitor_seq, client_id, sender_kind, sender_id, sender_name, kind, body, visitor_messages, created_ms, reply_to, rating, mentions, edited_ms, deleted_ms, attachments) VALUES ('msg_01a202e34ae07958b3a5070bab54a892', 'cnv_01a202e34ae075aba5e99807713e858c', 1, 1, 'msg_01a202e34ae07958b3a5070bab54a892', 'visitor', 'vis_01a202e34ae07b80beed9239cf40682a', 'Visitor', 'text', 'Forget this', 1, 1795344780000, NULL, NULL, NULL, NULL, NULL, NULL);
CREATE TABLE facts (
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    seq INTEGER NOT NULL,
    visitor_seq INTEGER, -- NULL: for agents alone; else at most seq
    at_ms INTEGER NOT NULL,
    kind TEXT NOT NULL,
    message_id TEXT, -- the message or note this fact created
    payload TEXT NOT NULL, -- JSON, complete in itself
    PRIMARY KEY (conversation_id, seq)
) STRICT;
INSERT INTO facts (conversation_id, seq, visitor_seq, at_ms, kind, message_id, payload) VALUES ('cnv_01a202e34ae07ed0ae71a77de0c3b0a1', 1, 1, 1795344780000, 'message', 'msg_01a202e34ae070a88774df11127249c9', '{"shared":{"message":{"id":"msg_01a202e34ae070a88774df11127249c9","sender_type":"visitor","sender_id":"vis_01a202e34ae078d4a752e6718bde0f1b","sender_name":"Ana","text":"Is the blue one back?","client_id":"msg_01a202e34ae070a88774df11127249c9"}}}');
INSERT INTO facts (conversation_id, seq, visitor_seq, at_ms, kind, message_id, payload) VALUES ('cnv_01a202e34ae07ed0ae71a77de0c3b0a1', 2, NULL, 1795344780000, 'note', 'msg_01a202e34ae07c92af795ff5458d6d9e', '{"inner":{"note":{"id":"msg_01a202e34ae07c92af795ff5458d6d9e","sender_type":"agent","sender_id":"agt_01a202e34ae0781580c1ec98aedb9f26","sender_name":"Ben","text":"Ask the store","client_id":"msg_01a202e34ae07c92af795ff5458d6d9e","mentions":["agt_01a202e34ae07d178320ee489743f305"]}}}');
INSERT INTO facts (conversation_id, seq, visitor_seq, at_ms, kind, message_id, payload) VALUES ('cnv_01a202e34ae07ed0ae71a77de0c3b0a1', 3, 2, 1795344780000, 'agent.joined', NULL, '{"shared":{"agent_joined":{"id":"agt_01a202e34ae0781580c1ec98aedb9f26","name":"Ben","avatar":null}}}');
INSERT INTO facts (conversation_id, seq, visitor_seq, at_ms, kind, message_id, payload) VALUES ('cnv_01a202e34ae07ed0ae71a77de0c3b0a1', 4, 3, 1795344780000, 'message', 'msg_01a202e34ae079d89075fa4f44576d1d', '{"shared":{"message":{"id":"msg_01a202e34ae079d89075fa4f44576d1d","sender_type":"agent","sender_id":"agt_01a202e34ae0781580c1ec98aedb9f26","sender_name":"Ben","text":"Yes, since Sunday.","client_id":"msg_01a202e34ae079d89075fa4f44576d1d"}}}');
INSERT INTO facts (conversation_id, seq, visitor_seq, at_ms, kind, message_id, payload) VALUES ('cnv_01a202e34ae07ed0ae71a77de0c3b0a1', 5, 4, 1795344780000, 'message.updated', NULL, '{"shared":{"updated":{"message_id":"msg_01a202e34ae079d89075fa4f44576d1d","text":"Yes, since Monday."}}}');
INSERT INTO facts (conversation_id, seq, visitor_seq, at_ms, kind, message_id, payload) VALUES ('cnv_01a202e34ae07ed0ae71a77de0c3b0a1', 6, 5, 1795344780000, 'message.reaction', NULL, '{"shared":{"reaction":{"message_id":"msg_01a202e34ae079d89075fa4f44576d1d","reaction":{"emoji":"👍","by_type":"visitor","by":"vis_01a202e34ae078d4a752e6718bde0f1b"},"on":true}}}');
INSERT INTO facts (conversation_id, seq, visitor_seq, at_ms, kind, message_id, payload) VALUES ('cnv_01a202e34ae07ed0ae71a77de0c3b0a1', 7, 6, 1795344780000, 'receipt', NULL, '{"shared":{"receipt":{"reader_type":"visitor","reader_id":"vis_01a202e34ae078d4a752e6718bde0f1b","delivered":{"seq":4,"visitor_seq":3},"read":{"seq":4,"visitor_seq":3},"read_message_id":"msg_01a202e34ae079d89075fa4f44576d1d"}}}');
INSERT INTO facts (conversation_id, seq, visitor_seq, at_ms, kind, message_id, payload) VALUES ('cnv_01a202e34ae07ed0ae71a77de0c3b0a1', 8, NULL, 1795344780000, 'conversation.updated', NULL, '{"inner":{"state":{"by_type":"agent","by":{"id":"agt_01a202e34ae0781580c1ec98aedb9f26","name":"Ben","avatar":null},"changed":["tags"],"state":{"status":"open","snoozed_until":null,"assignee":null,"priority":"normal","tags":["blue"],"attributes":{}}}}}');
INSERT INTO facts (conversation_id, seq, visitor_seq, at_ms, kind, message_id, payload) VALUES ('cnv_01a202e34ae07ed0ae71a77de0c3b0a1', 9, 7, 1795344780000, 'message', 'msg_01a202e34ae079f980a725eb00752a5e', '{"shared":{"message":{"id":"msg_01a202e34ae079f980a725eb00752a5e","sender_type":"visitor","sender_id":"vis_01a202e34ae078d4a752e6718bde0f1b","sender_name":"Ana","text":"Look!","client_id":"msg_01a202e34ae079f980a725eb00752a5e","attachments":[{"id":"att_01a202e34ae07216a4684a5aee70126f","name":"cat.jpg","media_type":"image/jpeg","bytes":990,"width":640,"height":480,"is_voice":false,"has_thumbnail":true}]}}}');
INSERT INTO facts (conversation_id, seq, visitor_seq, at_ms, kind, message_id, payload) VALUES ('cnv_01a202e34ae0746d8a30908fd8f59732', 1, 1, 1795344780000, 'message', 'msg_01a202e34ae0782c84386d052cd7c333', '{"shared":{"message":{"id":"msg_01a202e34ae0782c84386d052cd7c333","sender_type":"visitor","sender_id":"vis_01a202e34ae07de7aa061f8230193727","sender_name":"Eve","text":"Is it back?","client_id":"msg_01a202e34ae0782c84386d052cd7c333"}}}');
INSERT INTO facts (conversation_id, seq, visitor_seq, at_ms, kind, message_id, payload) VALUES ('cnv_01a202e34ae0746d8a30908fd8f59732', 2, 2, 1795344780000, 'agent.joined', NULL, '{"shared":{"agent_joined":{"id":"agt_01a202e34ae0781580c1ec98aedb9f26","name":"Ben","avatar":null}}}');
INSERT INTO facts (conversation_id, seq, visitor_seq, at_ms, kind, message_id, payload) VALUES ('cnv_01a202e34ae0746d8a30908fd8f59732', 3, 3, 1795344780000, 'message', 'msg_01a202e34ae077ab8ebf66e12a7cbd6b', '{"shared":{"message":{"id":"msg_01a202e34ae077ab8ebf66e12a7cbd6b","sender_type":"agent","sender_id":"agt_01a202e34ae0781580c1ec98aedb9f26","sender_name":"Ben","text":"Yes","client_id":"msg_01a202e34ae077ab8ebf66e12a7cbd6b"}}}');
INSERT INTO facts (conversation_id, seq, visitor_seq, at_ms, kind, message_id, payload) VALUES ('cnv_01a202e352b076f2bf238f40410199f8', 1, 1, 1795344782000, 'message', 'msg_01a202e352b07d08ba84e32969c053ea', '{"shared":{"message":{"id":"msg_01a202e352b07d08ba84e32969c053ea","sender_type":"visitor","sender_id":"vis_01a202e34ae07de7aa061f8230193727","sender_name":"Eve","text":"Is it back?","client_id":"msg_01a202e352b07d08ba84e32969c053ea"}}}');
INSERT INTO facts (conversation_id, seq, visitor_seq, at_ms, kind, message_id, payload) VALUES ('cnv_01a202e352b076f2bf238f40410199f8', 2, 2, 1795344782000, 'agent.joined', NULL, '{"shared":{"agent_joined":{"id":"agt_01a202e34ae0781580c1ec98aedb9f26","name":"Ben","avatar":null}}}');
INSERT INTO facts (conversation_id, seq, visitor_seq, at_ms, kind, message_id, payload) VALUES ('cnv_01a202e352b076f2bf238f40410199f8', 3, 3, 1795344782000, 'message', 'msg_01a202e352b07b6089effc963ef60f79', '{"shared":{"message":{"id":"msg_01a202e352b07b6089effc963ef60f79","sender_type":"agent","sender_id":"agt_01a202e34ae0781580c1ec98aedb9f26","sender_name":"Ben","text":"Yes","client_id":"msg_01a202e352b07b6089effc963ef60f79"}}}');
INSERT INTO facts (conversation_id, seq, visitor_seq, at_ms, kind, message_id, payload) VALUES ('cnv_01a202e35a80755298be924dfb1876a4', 1, 1, 1795344784000, 'message', 'msg_01a202e35a807faca58b283a1ed0190c', '{"shared":{"message":{"id":"msg_01a202e35a807faca58b283a1ed0190c","sender_type":"visitor","sender_id":"vis_01a202e34ae07de7aa061f8230193727","sender_name":"Eve","text":"Is it back?","client_id":"msg_01a202e35a807faca58b283a1ed0190c"}}}');
INSERT INTO facts (conversation_id, seq, visitor_seq, at_ms, kind, message_id, payload) VALUES ('cnv_01a202e35a80755298be924dfb1876a4', 2, 2, 1795344784000, 'agent.joined', NULL, '{"shared":{"agent_joined":{"id":"agt_01a202e34ae0781580c1ec98aedb9f26","name":"Ben","avatar":null}}}');
INSERT INTO facts (conversation_id, seq, visitor_seq, at_ms, kind, message_id, payload) VALUES ('cnv_01a202e35a80755298be924dfb1876a4', 3, 3, 1795344784000, 'message', 'msg_01a202e35a807ed2bd2a905625745423', '{"shared":{"message":{"id":"msg_01a202e35a807ed2bd2a905625745423","sender_type":"agent","sender_id":"agt_01a202e34ae0781580c1ec98aedb9f26","sender_name":"Ben","text":"Yes","client_id":"msg_01a202e35a807ed2bd2a905625745423"}}}');
INSERT INTO facts (conversation_id, seq, visitor_seq, at_ms, kind, message_id, payload) VALUES ('cnv_01a202e34ae075aba5e99807713e858c', 1, 1, 1795344780000, 'message', 'msg_01a202e34ae07958b3a5070bab54a892', '{"shared":{"message":{"id":"msg_01a202e34ae07958b3a5070bab54a892","sender_type":"visitor","sender_id":"vis_01a202e34ae07b80beed9239cf40682a","sender_name":"Visitor","text":"Forget this","client_id":"msg_01a202e34ae07958b3a5070bab54a892"}}}');
CREATE TABLE told (
    kind TEXT NOT NULL, -- channel, member, count or cache_miss
    app_id TEXT NOT NULL,
    channel TEXT NOT NULL,
    user_id TEXT NOT NULL, -- empty unless a member
    value INTEGER NOT NULL,
    told_ms INTEGER NOT NULL,
    PRIMARY KEY (kind, app_id, channel, user_id)
) STRICT, WITHOUT ROWID;
INSERT INTO told (kind, app_id, channel, user_id, value, told_ms) VALUES ('channel', 'shop', 'news', '', 1, 1795344780000);
CREATE TABLE outbox_destinations (
    id TEXT NOT NULL PRIMARY KEY,
    last_number INTEGER NOT NULL,
    waiting INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO outbox_destinations (id, last_number, waiting) VALUES ('chat/whk_01a202e34ae077bdbb6d603221c40e41', 2, 2);
INSERT INTO outbox_destinations (id, last_number, waiting) VALUES ('hook', 1, 1);
CREATE TABLE outbox (
    destination TEXT NOT NULL REFERENCES outbox_destinations (id),
    lane INTEGER NOT NULL,
    number INTEGER NOT NULL,
    payload TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    due_ms INTEGER NOT NULL,
    give_up_ms INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (destination, lane, number)
) STRICT;
INSERT INTO outbox (destination, lane, number, payload, created_ms, due_ms, give_up_ms, attempts) VALUES ('hook', 3, 1, '{}', 1795344780000, 1795344780000, 1795344781000, 0);
INSERT INTO outbox (destination, lane, number, payload, created_ms, due_ms, give_up_ms, attempts) VALUES ('chat/whk_01a202e34ae077bdbb6d603221c40e41', 7, 1, '{"id":"evt_01a202e34ae075aba5e99807713e858c_0","version":1,"type":"conversation.created","seq":0,"created_at":"2026-11-22T10:53:00.000Z","data":{"conversation_id":"cnv_01a202e34ae075aba5e99807713e858c","widget_id":"wgt_01a202e34ae0709fb0aeb934eda7084a"}}', 1795344780000, 1795344780000, 1795603980000, 0);
INSERT INTO outbox (destination, lane, number, payload, created_ms, due_ms, give_up_ms, attempts) VALUES ('chat/whk_01a202e34ae077bdbb6d603221c40e41', 7, 2, '{"id":"evt_01a202e34ae075aba5e99807713e858c_1","version":1,"type":"message.created","seq":1,"created_at":"2026-11-22T10:53:00.000Z","data":{"conversation_id":"cnv_01a202e34ae075aba5e99807713e858c","widget_id":"wgt_01a202e34ae0709fb0aeb934eda7084a","message_id":"msg_01a202e34ae07958b3a5070bab54a892","kind":"text","actor_type":"visitor","actor_id":"vis_01a202e34ae07b80beed9239cf40682a"}}', 1795344780000, 1795344780000, 1795603980000, 0);
CREATE TABLE leases (
    name TEXT NOT NULL PRIMARY KEY,
    holder TEXT NOT NULL,
    until_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO leases (name, holder, until_ms) VALUES ('webhooks', 'first', 1795344781000);
CREATE TABLE conversation_tags (
    tag TEXT NOT NULL,
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE, widget_id TEXT, status TEXT, last_message_ms INTEGER,
    PRIMARY KEY (tag, conversation_id)
) STRICT, WITHOUT ROWID;
INSERT INTO conversation_tags (tag, conversation_id, widget_id, status, last_message_ms) VALUES ('blue', 'cnv_01a202e34ae07ed0ae71a77de0c3b0a1', 'wgt_01a202e34ae0709fb0aeb934eda7084a', 'open', 1795344780000);
CREATE TABLE message_versions (
    message_id TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    version INTEGER NOT NULL,
    body TEXT NOT NULL,
    until_ms INTEGER NOT NULL,
    changed_by TEXT NOT NULL,
    PRIMARY KEY (message_id, version)
) STRICT;
INSERT INTO message_versions (message_id, version, body, until_ms, changed_by) VALUES ('msg_01a202e34ae079d89075fa4f44576d1d', 1, 'Yes, since Sunday.', 1795344780000, 'agt_01a202e34ae0781580c1ec98aedb9f26');
CREATE TABLE reactions (
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    message_seq INTEGER NOT NULL,
    person_id TEXT NOT NULL,
    emoji TEXT NOT NULL,
    person_kind TEXT NOT NULL,
    seq INTEGER NOT NULL, -- of the fact: their order
    PRIMARY KEY (conversation_id, message_seq, person_id, emoji)
) STRICT, WITHOUT ROWID;
INSERT INTO reactions (conversation_id, message_seq, person_id, emoji, person_kind, seq) VALUES ('cnv_01a202e34ae07ed0ae71a77de0c3b0a1', 4, 'vis_01a202e34ae078d4a752e6718bde0f1b', '👍', 'visitor', 6);
CREATE TABLE mentions (
    agent_id TEXT NOT NULL REFERENCES agents (id),
    conversation_id TEXT NOT NULL REFERENCES conversations (id) ON DELETE CASCADE,
    seq INTEGER NOT NULL,
    PRIMARY KEY (agent_id, conversation_id, seq)
) STRICT, WITHOUT ROWID;
INSERT INTO mentions (agent_id, conversation_id, seq) VALUES ('agt_01a202e34ae07d178320ee489743f305', 'cnv_01a202e34ae07ed0ae71a77de0c3b0a1', 2);
CREATE TABLE attachments (
    id TEXT NOT NULL PRIMARY KEY,
    conversation_id TEXT NOT NULL REFERENCES conversations (id),
    uploader_kind TEXT NOT NULL, -- visitor or agent
    uploader_id TEXT NOT NULL,
    state TEXT NOT NULL, -- coming or kept
    bytes INTEGER NOT NULL, -- as announced; once kept, as they are
    received INTEGER NOT NULL DEFAULT 0, -- of an upload in parts
    thumbnail_type TEXT, -- media type of the small picture; NULL: there is none
    file TEXT NOT NULL, -- JSON of wire::file::File
    message_id TEXT, -- NULL until a message has it
    created_ms INTEGER NOT NULL
) STRICT;
INSERT INTO attachments (id, conversation_id, uploader_kind, uploader_id, state, bytes, received, thumbnail_type, file, message_id, created_ms) VALUES ('att_01a202e34ae07216a4684a5aee70126f', 'cnv_01a202e34ae07ed0ae71a77de0c3b0a1', 'visitor', 'vis_01a202e34ae078d4a752e6718bde0f1b', 'kept', 990, 0, 'image/jpeg', '{"id":"att_01a202e34ae07216a4684a5aee70126f","name":"cat.jpg","media_type":"image/jpeg","bytes":990,"width":640,"height":480,"is_voice":false,"has_thumbnail":true}', 'msg_01a202e34ae079f980a725eb00752a5e', 1795344780000);
CREATE TABLE attachment_remains (
    id TEXT NOT NULL,
    what TEXT NOT NULL, -- parts, or all
    bytes INTEGER NOT NULL, -- of its parts together
    PRIMARY KEY (id, what)
) STRICT, WITHOUT ROWID;
INSERT INTO attachment_remains (id, what, bytes) VALUES ('att_01a202e34ae0744bb2c62aa9c0ddea43', 'all', 0);
CREATE TABLE api_keys (
    id TEXT NOT NULL PRIMARY KEY,
    agent_id TEXT NOT NULL UNIQUE REFERENCES agents (id),
    secret_hash TEXT NOT NULL UNIQUE,
    scopes TEXT NOT NULL, -- JSON array
    created_ms INTEGER NOT NULL,
    used_ms INTEGER,
    revoked_ms INTEGER
) STRICT;
INSERT INTO api_keys (id, agent_id, secret_hash, scopes, created_ms, used_ms, revoked_ms) VALUES ('key_01a202e34ae077a9af31e1280cfe599c', 'agt_01a202e34ae0761ea02c5337b316b57a', '36f37007c5b3db8574f9b13024a312b6baf0d34dc7ae829a74ccc1d459100ef9', '["conversations:read"]', 1795344780000, NULL, NULL);
CREATE TABLE feed (
    pruned_writer INTEGER NOT NULL,
    pruned_position INTEGER NOT NULL
, trimmed_writer INTEGER NOT NULL DEFAULT 0, trimmed_position INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO feed (pruned_writer, pruned_position, trimmed_writer, trimmed_position) VALUES (0, 0, 0, 0);
CREATE TABLE feed_facts (
    position INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    conversation_id TEXT NOT NULL,
    seq INTEGER NOT NULL
) STRICT;
INSERT INTO feed_facts (position, conversation_id, seq) VALUES (1, 'cnv_01a202e34ae07ed0ae71a77de0c3b0a1', 1);
INSERT INTO feed_facts (position, conversation_id, seq) VALUES (2, 'cnv_01a202e34ae07ed0ae71a77de0c3b0a1', 2);
INSERT INTO feed_facts (position, conversation_id, seq) VALUES (3, 'cnv_01a202e34ae07ed0ae71a77de0c3b0a1', 3);
INSERT INTO feed_facts (position, conversation_id, seq) VALUES (4, 'cnv_01a202e34ae07ed0ae71a77de0c3b0a1', 4);
INSERT INTO feed_facts (position, conversation_id, seq) VALUES (5, 'cnv_01a202e34ae07ed0ae71a77de0c3b0a1', 5);
INSERT INTO feed_facts (position, conversation_id, seq) VALUES (6, 'cnv_01a202e34ae07ed0ae71a77de0c3b0a1', 6);
INSERT INTO feed_facts (position, conversation_id, seq) VALUES (7, 'cnv_01a202e34ae07ed0ae71a77de0c3b0a1', 7);
INSERT INTO feed_facts (position, conversation_id, seq) VALUES (8, 'cnv_01a202e34ae07ed0ae71a77de0c3b0a1', 8);
INSERT INTO feed_facts (position, conversation_id, seq) VALUES (9, 'cnv_01a202e34ae07ed0ae71a77de0c3b0a1', 9);
INSERT INTO feed_facts (position, conversation_id, seq) VALUES (10, 'cnv_01a202e34ae0746d8a30908fd8f59732', 1);
INSERT INTO feed_facts (position, conversation_id, seq) VALUES (11, 'cnv_01a202e34ae0746d8a30908fd8f59732', 2);
INSERT INTO feed_facts (position, conversation_id, seq) VALUES (12, 'cnv_01a202e34ae0746d8a30908fd8f59732', 3);
INSERT INTO feed_facts (position, conversation_id, seq) VALUES (13, 'cnv_01a202e352b076f2bf238f40410199f8', 1);
INSERT INTO feed_facts (position, conversation_id, seq) VALUES (14, 'cnv_01a202e352b076f2bf238f40410199f8', 2);
INSERT INTO feed_facts (position, conversation_id, seq) VALUES (15, 'cnv_01a202e352b076f2bf238f40410199f8', 3);
INSERT INTO feed_facts (position, conversation_id, seq) VALUES (16, 'cnv_01a202e35a80755298be924dfb1876a4', 1);
INSERT INTO feed_facts (position, conversation_id, seq) VALUES (17, 'cnv_01a202e35a80755298be924dfb1876a4', 2);
INSERT INTO feed_facts (position, conversation_id, seq) VALUES (18, 'cnv_01a202e35a80755298be924dfb1876a4', 3);
INSERT INTO feed_facts (position, conversation_id, seq) VALUES (19, 'cnv_01a202e34ae075aba5e99807713e858c', 1);
CREATE TABLE webhooks (
    id TEXT NOT NULL PRIMARY KEY,
    url TEXT NOT NULL,
    events TEXT NOT NULL,  -- JSON array
    widgets TEXT NOT NULL, -- JSON array; empty: all
    is_active INTEGER NOT NULL,
    secret TEXT NOT NULL,
    old_secret TEXT, -- signs too, until the next rotation
    created_ms INTEGER NOT NULL
) STRICT;
INSERT INTO webhooks (id, url, events, widgets, is_active, secret, old_secret, created_ms) VALUES ('whk_01a202e34ae077bdbb6d603221c40e41', 'https://shop.example/hook', '[]', '[]', 1, 'whsec_UQ1uUyB+ZWXgpD/wQCGyD0x2hv/4mpWX0GF6blmOLJc=', NULL, 1795344780000);
CREATE TABLE webhook_deliveries (
    id TEXT NOT NULL PRIMARY KEY,
    webhook_id TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    event_id TEXT NOT NULL,
    event_type TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    status INTEGER, -- NULL: no reply
    failure TEXT,
    lane INTEGER NOT NULL,
    payload TEXT NOT NULL
) STRICT;
INSERT INTO webhook_deliveries (id, webhook_id, event_id, event_type, attempt, at_ms, duration_ms, status, failure, lane, payload) VALUES ('dlv_01a202e34ae07e08a42edcf749f5da47', 'whk_01a202e34ae077bdbb6d603221c40e41', 'evt_01a202e34ae078eba0c98ae430587631', 'webhook.test', 1, 1795344780000, 3, 204, NULL, 0, '{"id":"evt_01a202e34ae078eba0c98ae430587631","version":1,"type":"webhook.test","seq":0,"created_at":"2026-11-22T10:53:00.000Z","data":{}}');
CREATE TABLE idempotency (
    principal TEXT NOT NULL,
    key TEXT NOT NULL,
    request_hash TEXT NOT NULL,
    status INTEGER, -- NULL: under way
    reply TEXT,
    started_ms INTEGER NOT NULL,
    PRIMARY KEY (principal, key)
) STRICT;
INSERT INTO idempotency (principal, key, request_hash, status, reply, started_ms) VALUES ('agt_ben', 'once', 'hash', 201, '{}', 1795344780000);
CREATE TABLE blocks (
    id TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL, -- address, visitor or email
    value TEXT NOT NULL,
    reason TEXT NOT NULL,
    created_ms INTEGER NOT NULL,
    until_ms INTEGER, -- NULL: for good
    UNIQUE (kind, value)
) STRICT;
INSERT INTO blocks (id, kind, value, reason, created_ms, until_ms) VALUES ('blk_01a202e34ae0707d914f2f3c0e6bd0fe', 'address', '203.0.113.0/24', 'Spam', 1795344780000, NULL);
CREATE TABLE contacts (
    id TEXT NOT NULL PRIMARY KEY,
    widget_id TEXT NOT NULL REFERENCES widgets (id), -- whose secrets vouch for them
    name TEXT,
    email TEXT,
    email_key TEXT, -- lower case
    phone TEXT,
    attributes TEXT NOT NULL, -- JSON object
    vouched INTEGER NOT NULL, -- did a signed token say who they are?
    created_ms INTEGER NOT NULL
) STRICT;
INSERT INTO contacts (id, widget_id, name, email, email_key, phone, attributes, vouched, created_ms) VALUES ('ctc_01a202e34ae07b7b9776e86b45ded078', 'wgt_01a202e34ae0709fb0aeb934eda7084a', NULL, NULL, NULL, NULL, '{}', 0, 1795344780000);
INSERT INTO contacts (id, widget_id, name, email, email_key, phone, attributes, vouched, created_ms) VALUES ('ctc_01a202e34ae07dc5a896a2e53262967a', 'wgt_01a202e34ae0709fb0aeb934eda7084a', NULL, NULL, NULL, NULL, '{}', 0, 1795344780000);
CREATE TABLE contact_ids (
    widget_id TEXT NOT NULL REFERENCES widgets (id),
    external_id TEXT NOT NULL,
    contact_id TEXT NOT NULL REFERENCES contacts (id),
    PRIMARY KEY (widget_id, external_id)
) STRICT, WITHOUT ROWID;
INSERT INTO contact_ids (widget_id, external_id, contact_id) VALUES ('wgt_01a202e34ae0709fb0aeb934eda7084a', 'kim', 'ctc_01a202e34ae07dc5a896a2e53262967a');
CREATE TABLE contact_acts (
    id TEXT NOT NULL PRIMARY KEY,
    contact_id TEXT NOT NULL, -- or an anonymous visitor's, for an erasure
    act TEXT NOT NULL, -- linked, unlinked, merged or erased
    other_id TEXT, -- the visitor, or the contact that was merged into this one
    agent_id TEXT NOT NULL, -- empty: the command line
    at_ms INTEGER NOT NULL
) STRICT;
INSERT INTO contact_acts (id, contact_id, act, other_id, agent_id, at_ms) VALUES ('act_01a202e34ae0700a82ff0aa300d3b08a', 'ctc_01a202e34ae07b7b9776e86b45ded078', 'linked', 'vis_01a202e34ae078d4a752e6718bde0f1b', 'agt_01a202e34ae0781580c1ec98aedb9f26', 1795344780000);
INSERT INTO contact_acts (id, contact_id, act, other_id, agent_id, at_ms) VALUES ('act_01a202e34ae0715fb0ac10b5a14d264b', 'vis_01a202e34ae07b80beed9239cf40682a', 'erased', NULL, 'agt_01a202e34ae0781580c1ec98aedb9f26', 1795344780000);
CREATE TABLE identity_secrets (
    id TEXT NOT NULL PRIMARY KEY,
    widget_id TEXT NOT NULL REFERENCES widgets (id),
    secret TEXT NOT NULL,
    created_ms INTEGER NOT NULL
) STRICT;
INSERT INTO identity_secrets (id, widget_id, secret, created_ms) VALUES ('ids_01a202e34ae078dba7411d27ff86e248', 'wgt_01a202e34ae0709fb0aeb934eda7084a', 'fdi_pdgEOmaQNOIgd5A4S3HCvDvEqu9tK9KGdGw5z5oahpM', 1795344780000);
CREATE TABLE erasures (
    conversation_id TEXT NOT NULL PRIMARY KEY REFERENCES conversations (id),
    asked_ms INTEGER NOT NULL,
    done_seq INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO erasures (conversation_id, asked_ms, done_seq) VALUES ('cnv_01a202e34ae075aba5e99807713e858c', 1795344780000, 0);
CREATE TABLE widget_tokens (
    token TEXT NOT NULL PRIMARY KEY,
    widget_id TEXT NOT NULL REFERENCES widgets (id),
    expires_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO widget_tokens (token, widget_id, expires_ms) VALUES ('cbw_ih2sgl7uc08f4pw1jng759f48aq5dj5l55mnhwr5wta13q9oph0e28ocezjf', 'wgt_01a202e34ae0709fb0aeb934eda7084a', 1796344780000);
CREATE TABLE search_queue (
    number INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    ref_id TEXT NOT NULL UNIQUE
) STRICT;
INSERT INTO search_queue (number, ref_id) VALUES (7, 'msg_01a202e34ae079f980a725eb00752a5e');
INSERT INTO search_queue (number, ref_id) VALUES (8, 'vis_01a202e34ae07de7aa061f8230193727');
INSERT INTO search_queue (number, ref_id) VALUES (9, 'msg_01a202e34ae0782c84386d052cd7c333');
INSERT INTO search_queue (number, ref_id) VALUES (10, 'msg_01a202e34ae077ab8ebf66e12a7cbd6b');
INSERT INTO search_queue (number, ref_id) VALUES (11, 'msg_01a202e352b07d08ba84e32969c053ea');
INSERT INTO search_queue (number, ref_id) VALUES (12, 'msg_01a202e352b07b6089effc963ef60f79');
INSERT INTO search_queue (number, ref_id) VALUES (13, 'msg_01a202e35a807faca58b283a1ed0190c');
INSERT INTO search_queue (number, ref_id) VALUES (14, 'msg_01a202e35a807ed2bd2a905625745423');
INSERT INTO search_queue (number, ref_id) VALUES (15, 'ctc_01a202e34ae07b7b9776e86b45ded078');
INSERT INTO search_queue (number, ref_id) VALUES (17, 'vis_01a202e34ae078d4a752e6718bde0f1b');
INSERT INTO search_queue (number, ref_id) VALUES (18, 'ctc_01a202e34ae07dc5a896a2e53262967a');
INSERT INTO search_queue (number, ref_id) VALUES (20, 'vis_01a202e34ae0725fb5af38153ce99ff6');
INSERT INTO search_queue (number, ref_id) VALUES (21, 'msg_01a202e34ae07958b3a5070bab54a892');
INSERT INTO search_queue (number, ref_id) VALUES (22, 'vis_01a202e34ae07b80beed9239cf40682a');
CREATE TABLE search_docs (
    doc INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, -- newest last
    ref_id TEXT NOT NULL UNIQUE,
    words TEXT NOT NULL
) STRICT;
INSERT INTO search_docs (doc, ref_id, words) VALUES (1, 'vis_01a202e34ae078d4a752e6718bde0f1b', 'ana p_wgt_01a202e34ae0709fb0aeb934eda7084a');
INSERT INTO search_docs (doc, ref_id, words) VALUES (2, 'msg_01a202e34ae070a88774df11127249c9', 'back blue is m_wgt_01a202e34ae0709fb0aeb934eda7084a one the');
INSERT INTO search_docs (doc, ref_id, words) VALUES (3, 'msg_01a202e34ae07c92af795ff5458d6d9e', 'ask m_wgt_01a202e34ae0709fb0aeb934eda7084a store the');
INSERT INTO search_docs (doc, ref_id, words) VALUES (4, 'msg_01a202e34ae079d89075fa4f44576d1d', 'm_wgt_01a202e34ae0709fb0aeb934eda7084a monday since yes');
INSERT INTO search_docs (doc, ref_id, words) VALUES (5, 'cnv_01a202e34ae07ed0ae71a77de0c3b0a1', 'blue c_wgt_01a202e34ae0709fb0aeb934eda7084a');
INSERT INTO sqlite_schema (type, name, tbl_name, rootpage, sql) VALUES ('table', 'search_words', 'search_words', 0, 'CREATE VIRTUAL TABLE search_words USING fts5(
    words, content = ''search_docs'', content_rowid = ''doc'', detail = none, columnsize = 0, tokenize = "ascii tokenchars ''_''"
)');
CREATE TABLE 'search_words_data'(id INTEGER PRIMARY KEY, block BLOB);
INSERT INTO search_words_data (id, block) VALUES (1, X'0512');
INSERT INTO search_words_data (id, block) VALUES (10, X'000000010101010001010101');
INSERT INTO search_words_data (id, block) VALUES (137438953473, X'000000C90430616E61010202736B0301046261636B0202036C756502030126635F7767745F303161323032653334616530373039666230616562393334656461373038346105010269730201266D5F7767745F303161323032653334616530373039666230616562393334656461373038346102010102056F6E6461790401036F6E65020126705F7767745F303161323032653334616530373039666230616562393334656461373038346101010573696E6365040204746F72650301037468650201010379657304040605070729052B080629080707');
CREATE TABLE 'search_words_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;
INSERT INTO search_words_idx (segid, term, pgno) VALUES (1, X'', 2);
CREATE TABLE 'search_words_config'(k PRIMARY KEY, v) WITHOUT ROWID;
INSERT INTO search_words_config (k, v) VALUES ('secure-delete', 1);
INSERT INTO search_words_config (k, v) VALUES ('version', 4);
CREATE TABLE mails (
    conversation_id TEXT NOT NULL PRIMARY KEY REFERENCES conversations (id) ON DELETE CASCADE,
    visitor_id TEXT NOT NULL REFERENCES visitors (id),
    due_ms INTEGER NOT NULL,
    give_up_ms INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    claimed_ms INTEGER NOT NULL DEFAULT 0 -- until then
) STRICT, WITHOUT ROWID;
INSERT INTO mails (conversation_id, visitor_id, due_ms, give_up_ms, attempts, claimed_ms) VALUES ('cnv_01a202e35a80755298be924dfb1876a4', 'vis_01a202e34ae07de7aa061f8230193727', 1795344785000, 1795603985000, 0, 0);
CREATE TABLE mail_codes (
    code_hash TEXT NOT NULL PRIMARY KEY,
    visitor_id TEXT NOT NULL REFERENCES visitors (id),
    expires_ms INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO mail_codes (code_hash, visitor_id, expires_ms) VALUES ('1e0a0828cce17c0074137707827bdfcb3bece561b8ebaa14446d9e0870e9c710', 'vis_01a202e34ae07de7aa061f8230193727', 1795949583000);
CREATE TABLE mail_secrets (
    secret_hash TEXT NOT NULL PRIMARY KEY,
    visitor_id TEXT NOT NULL REFERENCES visitors (id)
) STRICT, WITHOUT ROWID;
INSERT INTO mail_secrets (secret_hash, visitor_id) VALUES ('1289b1377340392a86ae24121c52c7803204d9d65c087ab6960bfaac5e7739c0', 'vis_01a202e34ae07de7aa061f8230193727');
CREATE INDEX sessions_by_person ON sessions (person_id);
CREATE INDEX sessions_by_expiry ON sessions (expires_ms);
CREATE INDEX session_tokens_by_session ON session_tokens (session_id);
CREATE INDEX session_tokens_by_expiry ON session_tokens (expires_ms);
CREATE INDEX conversations_by_visitor ON conversations (visitor_id, created_ms);
CREATE INDEX conversations_by_change ON conversations (last_message_ms, id) WHERE last_message_ms IS NOT NULL;
CREATE INDEX outbox_by_end ON outbox (give_up_ms);
CREATE INDEX conversations_by_wake ON conversations (snoozed_until_ms) WHERE snoozed_until_ms IS NOT NULL;
CREATE INDEX messages_by_quoted ON messages (reply_to) WHERE reply_to IS NOT NULL;
CREATE INDEX facts_of_activity ON facts (conversation_id, seq)
    WHERE kind IN ('agent.left', 'conversation.updated');
CREATE INDEX facts_of_changed_texts ON facts (conversation_id, seq) WHERE kind = 'message.updated';
CREATE INDEX attachments_by_conversation ON attachments (conversation_id);
CREATE INDEX attachments_loose ON attachments (created_ms) WHERE message_id IS NULL;
CREATE UNIQUE INDEX feed_facts_by_fact ON feed_facts (conversation_id, seq);
CREATE TRIGGER facts_into_feed AFTER INSERT ON facts BEGIN
    INSERT INTO feed_facts (conversation_id, seq) VALUES (NEW.conversation_id, NEW.seq);
END;
CREATE TRIGGER facts_out_of_feed AFTER DELETE ON facts BEGIN
    UPDATE feed SET pruned_position = MAX(pruned_position, COALESCE(
        (SELECT position FROM feed_facts WHERE conversation_id = OLD.conversation_id AND seq = OLD.seq), 0));
    DELETE FROM feed_facts WHERE conversation_id = OLD.conversation_id AND seq = OLD.seq;
END;
CREATE INDEX webhook_deliveries_by_webhook ON webhook_deliveries (webhook_id, id);
CREATE INDEX idempotency_by_age ON idempotency (started_ms);
CREATE INDEX contacts_by_age ON contacts (created_ms, id);
CREATE INDEX contacts_by_email ON contacts (email_key) WHERE email_key IS NOT NULL;
CREATE INDEX contact_ids_by_contact ON contact_ids (contact_id);
CREATE INDEX contact_acts_by_contact ON contact_acts (contact_id, id);
CREATE INDEX visitors_by_contact ON visitors (contact_id) WHERE contact_id IS NOT NULL;
CREATE INDEX visitors_by_label ON visitors (widget_id, created_ms)
    WHERE contact_id IS NULL AND (name IS NOT NULL OR email IS NOT NULL);
CREATE INDEX identity_secrets_by_widget ON identity_secrets (widget_id);
CREATE INDEX widget_tokens_by_widget ON widget_tokens (widget_id);
CREATE INDEX conversations_by_status ON conversations (widget_id, status, last_message_ms, id);
CREATE INDEX conversations_by_assignee ON conversations (assignee_id, widget_id, status, last_message_ms, id)
    WHERE assignee_id IS NOT NULL;
CREATE INDEX conversations_unassigned ON conversations (widget_id, status, last_message_ms, id)
    WHERE assignee_id IS NULL;
CREATE INDEX conversations_by_priority ON conversations (priority, widget_id, status, last_message_ms, id)
    WHERE priority <> 'normal';
CREATE INDEX conversations_waiting ON conversations (widget_id, status, waiting_since_ms, id)
    WHERE waiting_since_ms IS NOT NULL;
CREATE INDEX conversation_tags_by_place ON conversation_tags (tag, widget_id, status, last_message_ms, conversation_id);
CREATE INDEX conversation_tags_by_conversation ON conversation_tags (conversation_id);
CREATE TRIGGER tags_find_their_place AFTER INSERT ON conversation_tags BEGIN
    UPDATE conversation_tags SET (widget_id, status, last_message_ms) =
        (SELECT c.widget_id, c.status, c.last_message_ms FROM conversations c WHERE c.id = NEW.conversation_id)
    WHERE tag = NEW.tag AND conversation_id = NEW.conversation_id;
END;
CREATE TRIGGER tags_keep_their_place AFTER UPDATE OF status, last_message_ms ON conversations
WHEN NEW.tags <> '[]' BEGIN
    UPDATE conversation_tags SET status = NEW.status, last_message_ms = NEW.last_message_ms
    WHERE conversation_id = NEW.id;
END;
CREATE TRIGGER search_docs_in AFTER INSERT ON search_docs BEGIN
    INSERT INTO search_words (rowid, words) VALUES (NEW.doc, NEW.words);
END;
CREATE TRIGGER search_docs_out AFTER DELETE ON search_docs BEGIN
    INSERT INTO search_words (search_words, rowid, words) VALUES ('delete', OLD.doc, OLD.words);
END;
CREATE TRIGGER search_message_in AFTER INSERT ON messages BEGIN
    INSERT INTO search_queue (ref_id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER search_message_changed AFTER UPDATE OF body ON messages BEGIN
    INSERT INTO search_queue (ref_id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER search_message_out AFTER DELETE ON messages BEGIN
    INSERT INTO search_queue (ref_id) VALUES (OLD.id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER search_contact_in AFTER INSERT ON contacts BEGIN
    INSERT INTO search_queue (ref_id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER search_contact_changed AFTER UPDATE OF name, email ON contacts BEGIN
    INSERT INTO search_queue (ref_id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER search_contact_out AFTER DELETE ON contacts BEGIN
    INSERT INTO search_queue (ref_id) VALUES (OLD.id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER search_visitor_in AFTER INSERT ON visitors WHEN NEW.name IS NOT NULL OR NEW.email IS NOT NULL BEGIN
    INSERT INTO search_queue (ref_id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER search_visitor_changed AFTER UPDATE OF name, email, contact_id ON visitors BEGIN
    INSERT INTO search_queue (ref_id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
END;
CREATE TRIGGER search_conversation_changed AFTER UPDATE OF tags, attributes ON conversations
WHEN NEW.tags <> OLD.tags OR NEW.attributes <> OLD.attributes BEGIN
    INSERT INTO search_queue (ref_id) VALUES (NEW.id) ON CONFLICT DO NOTHING;
END;
CREATE INDEX mails_by_due ON mails (due_ms);
CREATE INDEX mail_codes_by_visitor ON mail_codes (visitor_id);
CREATE INDEX mail_codes_by_expiry ON mail_codes (expires_ms);
CREATE INDEX mail_secrets_by_visitor ON mail_secrets (visitor_id);
CREATE INDEX mails_by_visitor ON mails (visitor_id);
PRAGMA writable_schema = RESET;
COMMIT;
