//! Files: whose they are, when a message may have them, how they are opened, and when they go.

use crate::common::{NOW, World, on_both_engines, photograph, refused, upload, with_files, with_id};
use chat::{PageQuery, Uploader};
use wire::api::{PostMessage, UploadRules, WidgetChange, WidgetSettings};
use wire::event::{AgentEvent, VisitorEvent};
use wire::file::{BeginUpload, Part};
use wire::{Refusal, limit};

on_both_engines!(
    a_message_carries_its_files_in_order_and_seed_b_finds_the_first,
    files_are_for_their_uploader_in_their_conversation,
    a_file_belongs_to_one_message_alone,
    a_retry_with_files_is_the_same_message,
    a_retry_of_what_was_taken_back_is_answered_with_or_without_files,
    what_has_not_come_whole_is_not_sent,
    parts_follow_each_other,
    a_widget_says_how_large_and_agents_are_not_bound,
    a_message_has_ten_files_each_once_and_a_text_or_a_file,
    voice_keeps_what_its_sender_measured,
    what_no_message_has_goes_after_a_day_and_leaves_nothing,
    ruling_15_the_log_keeps_paths_and_readers_get_links,
    the_list_shows_the_name_of_a_file_without_words,
);

async fn a_message_carries_its_files_in_order_and_seed_b_finds_the_first(world: World) {
    let ana = world.ana().await;
    let (by, conversation) = (Uploader::from(&ana), world.conversation(&ana).await);
    let cat = world.uploads(&by, &conversation, "cat.jpg").await;
    let dog = world.uploads(&by, &conversation, "dog.jpg").await;
    let post = with_files("Look", &[&dog.file.id, &cat.file.id]);
    let (said, _) = world.chat.visitor_post(&ana, &conversation, post, NOW).await.unwrap();
    let names: Vec<_> = said.attachments.iter().map(|file| file.file.name.as_str()).collect();
    assert_eq!(names, ["dog.jpg", "cat.jpg"]);
    assert_eq!(said.attachment_name.as_deref(), Some("dog.jpg"));
    assert_eq!(said.attachment_path.unwrap(), format!("/files/{}/dog.jpg", dog.file.id));
    assert_eq!(said.attachment_url.as_ref(), Some(&said.attachments[0].url));
    let file = &said.attachments[1].file;
    assert_eq!((file.bytes, file.width, file.height), (990, Some(640), Some(480)));
    let page = world.page(&ana, &conversation).await;
    assert_eq!(page.messages[0].attachments, said.attachments);
}

async fn files_are_for_their_uploader_in_their_conversation(world: World) {
    let (ana, eve, ben) = (world.ana().await, world.eve().await, world.ben().await);
    let carol = world.carol(&ben).await;
    let (hers, other) = (world.conversation(&ana).await, world.conversation(&ana).await);
    let by_ana = Uploader::from(&ana);
    let cat = world.uploads(&by_ana, &hers, "cat.jpg").await;
    let id = cat.file.id.as_str();
    for stranger in [Uploader::from(&eve), Uploader::from(&carol)] {
        let begun = world.chat.begin_upload(&stranger, upload(&hers, "a"), NOW).await;
        assert_eq!(refused(begun), Refusal::UnknownConversation);
        assert_eq!(refused(world.chat.upload(&stranger, id).await), Refusal::UnknownAttachment);
        assert_eq!(refused(world.chat.drop_upload(&stranger, id).await), Refusal::UnknownAttachment);
        let kept = world.chat.keep_upload(&stranger, id, photograph()).await;
        assert_eq!(refused(kept), Refusal::UnknownAttachment);
    }
    let elsewhere = world.chat.visitor_post(&ana, &other, with_files("", &[id]), NOW).await;
    assert_eq!(refused(elsewhere), Refusal::UnknownAttachment);
    let agents = world.chat.agent_post(&ben, &hers, with_files("", &[id]), NOW).await;
    assert_eq!(refused(agents), Refusal::UnknownAttachment);
    assert!(world.page(&ana, &hers).await.messages.is_empty(), "a refusal leaves nothing");
    world.chat.visitor_post(&ana, &hers, with_files("", &[id]), NOW).await.unwrap();
}

async fn a_file_belongs_to_one_message_alone(world: World) {
    let ana = world.ana().await;
    let conversation = world.conversation(&ana).await;
    let cat = world.uploads(&(&ana).into(), &conversation, "cat.jpg").await;
    let post = || with_files("", &[&cat.file.id]);
    world.chat.visitor_post(&ana, &conversation, post(), NOW).await.unwrap();
    let again = world.chat.visitor_post(&ana, &conversation, post(), NOW).await;
    assert_eq!(refused(again), Refusal::UnknownAttachment);
    assert_eq!(world.page(&ana, &conversation).await.messages.len(), 1);
    world.chat.drop_upload(&(&ana).into(), &cat.file.id).await.unwrap();
    assert!(world.chat.file(&cat.file.id).await.is_ok(), "a message's file stays");
}

async fn a_retry_with_files_is_the_same_message(world: World) {
    let ana = world.ana().await;
    let conversation = world.conversation(&ana).await;
    let cat = world.uploads(&(&ana).into(), &conversation, "cat.jpg").await;
    let dog = world.uploads(&(&ana).into(), &conversation, "dog.jpg").await;
    let post = |id: &str| PostMessage { attachments: vec![id.to_owned()], ..with_id("Look", "c1") };
    let (first, created) =
        world.chat.visitor_post(&ana, &conversation, post(&cat.file.id), NOW).await.unwrap();
    let (second, again) =
        world.chat.visitor_post(&ana, &conversation, post(&cat.file.id), NOW).await.unwrap();
    assert!(created && !again);
    assert_eq!(first, second);
    let other = world.chat.visitor_post(&ana, &conversation, post(&dog.file.id), NOW).await;
    assert_eq!(refused(other), Refusal::ClientIdReused);
}

async fn a_retry_of_what_was_taken_back_is_answered_with_or_without_files(world: World) {
    let (ana, eve) = (world.ana().await, world.eve().await);
    let conversation = world.conversation(&ana).await;
    let cat = world.uploads(&(&ana).into(), &conversation, "cat.jpg").await;
    let with_cat = || PostMessage { attachments: vec![cat.file.id.clone()], ..with_id("Look", "c1") };
    for post in [with_cat(), with_id("Hello", "c2")] {
        let send = || world.chat.visitor_post(&ana, &conversation, post.clone(), NOW);
        let (said, created) = send().await.unwrap();
        world.chat.visitor_delete(&ana, &said.id, NOW).await.unwrap();
        let (again, created_again) = send().await.unwrap();
        assert!(created && !created_again);
        assert_eq!((again.id, again.deleted_at.is_some()), (said.id, true));
    }
    assert_eq!(world.page(&ana, &conversation).await.messages.len(), 2);
    // The file is gone all the same: for another message, and for anybody else's.
    let other = PostMessage { client_id: Some("c3".into()), ..with_cat() };
    assert_eq!(
        refused(world.chat.visitor_post(&ana, &conversation, other, NOW).await),
        Refusal::UnknownAttachment
    );
    let hers = world.conversation(&eve).await;
    assert_eq!(
        refused(world.chat.visitor_post(&eve, &hers, with_cat(), NOW).await),
        Refusal::UnknownAttachment
    );
}

async fn what_has_not_come_whole_is_not_sent(world: World) {
    let ana = world.ana().await;
    let (by, conversation) = (Uploader::from(&ana), world.conversation(&ana).await);
    let coming = world.chat.begin_upload(&by, upload(&conversation, "cat.jpg"), NOW).await.unwrap();
    let id = coming.file.id.as_str();
    assert_eq!(refused(world.chat.file(id).await), Refusal::UnknownAttachment);
    let sent = world.chat.visitor_post(&ana, &conversation, with_files("", &[id]), NOW).await;
    assert_eq!(refused(sent), Refusal::UnknownAttachment);
    world.chat.keep_upload(&by, id, photograph()).await.unwrap();
    world.chat.visitor_post(&ana, &conversation, with_files("", &[id]), NOW).await.unwrap();
}

async fn parts_follow_each_other(world: World) {
    let ana = world.ana().await;
    let (by, conversation) = (Uploader::from(&ana), world.conversation(&ana).await);
    let upload = world.chat.begin_upload(&by, upload(&conversation, "cat.jpg"), NOW).await.unwrap();
    let id = upload.file.id.as_str();
    world.chat.advance_upload(id, 0, 600).await.unwrap();
    assert_eq!(refused(world.chat.advance_upload(id, 0, 600).await), Refusal::WrongOffset);
    assert_eq!(world.chat.upload(&by, id).await.unwrap().received, 600);
    world.chat.advance_upload(id, 600, 1_000).await.unwrap();
    world.chat.keep_upload(&by, id, photograph()).await.unwrap();
    assert_eq!(refused(world.chat.advance_upload(id, 1_000, 1_001).await), Refusal::WrongOffset);
    let again = world.chat.keep_upload(&by, id, photograph()).await.unwrap();
    assert_eq!(again.file.id, id, "keeping twice is keeping once");
    let remains = world.chat.remains().await.unwrap();
    assert_eq!((remains.len(), remains[0].only_parts, remains[0].part_bytes), (1, true, 1_000));
    world.chat.bury(&remains[0]).await.unwrap();
    assert!(world.chat.remains().await.unwrap().is_empty());
}

async fn a_widget_says_how_large_and_agents_are_not_bound(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let conversation = world.conversation(&ana).await;
    let rules = |max_bytes| WidgetSettings {
        uploads: UploadRules { max_bytes, ..UploadRules::default() },
        ..WidgetSettings::default()
    };
    let change = |max_bytes| WidgetChange { settings: Some(rules(max_bytes)), ..WidgetChange::default() };
    world.chat.change_widget(&ben, &ana.widget_id, change(999)).await.unwrap();
    let begin = |by: Uploader| {
        let (chat, new) = (world.chat.clone(), upload(&conversation, "a"));
        async move { chat.begin_upload(&by, new, NOW).await }
    };
    assert_eq!(refused(begin((&ana).into()).await), Refusal::FileTooLarge);
    begin((&ben).into()).await.unwrap();
    world.chat.change_widget(&ben, &ana.widget_id, change(1_000)).await.unwrap();
    begin((&ana).into()).await.unwrap();
    let too_much = world.chat.change_widget(&ben, &ana.widget_id, change(limit::FILE_BYTES + 1)).await;
    assert_eq!(refused(too_much), Refusal::InvalidField);
    let huge = BeginUpload { bytes: limit::FILE_BYTES + 1, ..upload(&conversation, "a") };
    assert_eq!(refused(world.chat.begin_upload(&(&ben).into(), huge, NOW).await), Refusal::FileTooLarge);
    let empty = BeginUpload { bytes: 0, ..upload(&conversation, "a") };
    assert_eq!(refused(world.chat.begin_upload(&(&ana).into(), empty, NOW).await), Refusal::FileEmpty);
}

async fn a_message_has_ten_files_each_once_and_a_text_or_a_file(world: World) {
    let ana = world.ana().await;
    let conversation = world.conversation(&ana).await;
    let mut ids = Vec::new();
    for number in 0..=limit::MESSAGE_ATTACHMENTS {
        let file = world.uploads(&(&ana).into(), &conversation, &format!("{number}.jpg")).await;
        ids.push(file.file.id);
    }
    let post =
        |words: &str, ids: &[String]| PostMessage { attachments: ids.to_vec(), ..crate::common::text(words) };
    let send = async |words: &str, ids: &[String]| {
        world.chat.visitor_post(&ana, &conversation, post(words, ids), NOW).await
    };
    assert_eq!(refused(send("", &ids).await), Refusal::InvalidField);
    let twice = [ids[0].clone(), ids[0].clone()];
    assert_eq!(refused(send("", &twice).await), Refusal::InvalidField);
    assert_eq!(refused(send("", &[]).await), Refusal::TextEmpty);
    let (said, _) = send("", &ids[1..]).await.unwrap();
    assert_eq!(said.attachments.len(), limit::MESSAGE_ATTACHMENTS);
}

async fn voice_keeps_what_its_sender_measured(world: World) {
    let ana = world.ana().await;
    let (by, conversation) = (Uploader::from(&ana), world.conversation(&ana).await);
    let voice = |peaks| BeginUpload {
        is_voice: true,
        duration_ms: Some(2_500),
        waveform: Some(peaks),
        ..upload(&conversation, "voice.webm")
    };
    let too_loud = world.chat.begin_upload(&by, voice(vec![101]), NOW).await;
    assert_eq!(refused(too_loud), Refusal::InvalidField);
    let upload = world.chat.begin_upload(&by, voice(vec![0, 50, 100]), NOW).await.unwrap();
    let found =
        chat::Found { media_type: "audio/webm".into(), pixels: None, thumbnail_type: None, ..photograph() };
    let kept = world.chat.keep_upload(&by, &upload.file.id, found).await.unwrap();
    let (said, _) =
        world.chat.visitor_post(&ana, &conversation, with_files("", &[&kept.file.id]), NOW).await.unwrap();
    assert!(said.is_voice && said.attachments[0].thumbnail_url.is_none());
    let file = &said.attachments[0].file;
    assert_eq!((file.duration_ms, file.waveform.as_deref()), (Some(2_500), Some(&[0, 50, 100][..])));
}

async fn what_no_message_has_goes_after_a_day_and_leaves_nothing(world: World) {
    let ana = world.ana().await;
    let (by, conversation) = (Uploader::from(&ana), world.conversation(&ana).await);
    let sent = world.uploads(&by, &conversation, "sent.jpg").await;
    world.chat.visitor_post(&ana, &conversation, with_files("", &[&sent.file.id]), NOW).await.unwrap();
    let loose = world.uploads(&by, &conversation, "loose.jpg").await;
    let coming = world.chat.begin_upload(&by, upload(&conversation, "coming.jpg"), NOW).await.unwrap();
    world.chat.advance_upload(&coming.file.id, 0, 600).await.unwrap();
    world.chat.drop_loose_files(NOW).await.unwrap();
    assert!(world.chat.remains().await.unwrap().is_empty(), "none is old enough");
    world.chat.drop_loose_files(NOW + 1).await.unwrap();
    let mut remains = world.chat.remains().await.unwrap();
    remains.sort_by_key(|remains| remains.part_bytes);
    let gone: Vec<_> = remains.iter().map(|r| (r.id.as_str(), r.only_parts, r.part_bytes)).collect();
    assert_eq!(gone, [(loose.file.id.as_str(), false, 0), (coming.file.id.as_str(), false, 600)]);
    assert_eq!(refused(world.chat.file(&loose.file.id).await), Refusal::UnknownAttachment);
    assert!(world.chat.file(&sent.file.id).await.is_ok());
    for remains in &remains {
        world.chat.bury(remains).await.unwrap();
    }
    assert!(world.chat.remains().await.unwrap().is_empty());
}

async fn ruling_15_the_log_keeps_paths_and_readers_get_links(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let conversation = world.conversation(&ana).await;
    let cat = world.uploads(&(&ana).into(), &conversation, "my cat.jpg").await;
    world.chat.visitor_post(&ana, &conversation, with_files("", &[&cat.file.id]), NOW).await.unwrap();
    let stored = serde_json::to_string(&world.facts()[0].body).unwrap();
    assert!(stored.contains(&cat.file.id) && !stored.contains("signature"), "{stored}");
    let all = PageQuery { after: Some(0), ..PageQuery::default() };
    let visitors = world.chat.visitor_page(&ana, &conversation, all).await.unwrap();
    let VisitorEvent::Message(hers) = &visitors.events[0] else { panic!("a message") };
    let agents = world.chat.agent_page(&ben, &conversation, all).await.unwrap();
    let AgentEvent::Message(his) = &agents.events[0] else { panic!("a message") };
    assert_eq!(hers.attachments, his.attachments);
    let (path, query) = hers.attachments[0].url.split_once('?').unwrap();
    assert_eq!(path, format!("/files/{}/my%20cat.jpg", cat.file.id));
    let (expires, signature) = query.split_once('&').unwrap();
    let expires = expires.strip_prefix("expires=").unwrap().parse().unwrap();
    let signature = signature.strip_prefix("signature=").unwrap();
    let links = world.chat.links();
    assert_eq!(links.check(Part::Whole, &cat.file.id, expires, signature), Ok(()));
    assert_eq!(links.check(Part::Thumbnail, &cat.file.id, expires, signature), Err(Refusal::LinkInvalid));
}

async fn the_list_shows_the_name_of_a_file_without_words(world: World) {
    let (ana, ben) = (world.ana().await, world.ben().await);
    let conversation = world.conversation(&ana).await;
    let cat = world.uploads(&(&ana).into(), &conversation, "cat.jpg").await;
    world.chat.visitor_post(&ana, &conversation, with_files("", &[&cat.file.id]), NOW).await.unwrap();
    let inbox = world.inbox(&ben, None, None).await.unwrap();
    assert_eq!(inbox.conversations[0].conversation.last_message.as_ref().unwrap().text, "cat.jpg");
}
