//! Uploads over REST: what is taken, who gets to see it, how it is served, what is left of it.

mod limits;
#[path = "../support/mod.rs"]
mod support;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chatter_protocol::{ClientMsgId, ConversationId};
use image::{DynamicImage, ImageFormat, RgbImage};
use reqwest::header::{HeaderMap, HeaderName};
use reqwest::multipart::{Form, Part};
use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use support::{Account, TestServer, sign_up_body};

/// A picture whose pixels follow from `seed`.
fn picture(seed: u8, width: u32, height: u32) -> Vec<u8> {
    let pixels = RgbImage::from_fn(width, height, |x, y| image::Rgb([x as u8, y as u8, seed]));
    let mut bytes = std::io::Cursor::new(Vec::new());
    DynamicImage::from(pixels).write_to(&mut bytes, ImageFormat::Png).expect("a PNG");
    bytes.into_inner()
}

fn form(name: &str, bytes: Vec<u8>) -> Form {
    Form::new().part("file", Part::bytes(bytes).file_name(name.to_owned()))
}

async fn told(request: RequestBuilder) -> (StatusCode, Value) {
    let response = request.send().await.expect("answered");
    (response.status(), response.json().await.expect("JSON"))
}

/// What the routes of uploads are asked in these tests.
trait Uploads {
    fn posting(&self, who: &Account, form: Form) -> RequestBuilder;
    async fn upload(&self, who: &Account, name: &str, bytes: Vec<u8>) -> Value;
    async fn get(&self, who: &Account, path: &str, range: &str) -> Response;
    async fn post(&self, who: &Account, at: ConversationId, media: &[&str]) -> (StatusCode, Value);
    fn files(&self) -> Vec<PathBuf>;
}

impl Uploads for TestServer {
    fn posting(&self, who: &Account, form: Form) -> RequestBuilder {
        self.request(Method::POST, "media").bearer_auth(&who.token).multipart(form)
    }

    async fn upload(&self, who: &Account, name: &str, bytes: Vec<u8>) -> Value {
        let (status, answer) = told(self.posting(who, form(name, bytes))).await;
        assert_eq!(status, StatusCode::CREATED, "{answer}");
        answer
    }

    async fn get(&self, who: &Account, path: &str, range: &str) -> Response {
        let request = self.request(Method::GET, path).bearer_auth(&who.token);
        let request = if range.is_empty() { request } else { request.header("range", range) };
        request.send().await.expect("answered")
    }

    async fn post(&self, who: &Account, at: ConversationId, media: &[&str]) -> (StatusCode, Value) {
        let body = json!({ "client_msg_id": ClientMsgId::new(), "body": "", "attachments": media });
        let path = format!("conversations/{at}/messages");
        self.ask(Method::POST, &path, Some(&who.token), Some(body)).await
    }

    /// Every file of the media directory, those being received too.
    fn files(&self) -> Vec<PathBuf> {
        fn walk(folder: &Path, into: &mut Vec<PathBuf>) {
            for entry in fs::read_dir(folder).expect("a folder").flatten() {
                match entry.file_type().expect("a type").is_dir() {
                    true => walk(&entry.path(), into),
                    false => into.push(entry.path()),
                }
            }
        }
        let mut files = Vec::new();
        walk(&self.data.path().join("media"), &mut files);
        files
    }
}

fn id(attachment: &Value) -> &str {
    attachment["media"].as_str().expect("an id")
}

fn header(headers: &HeaderMap, name: &str) -> String {
    let name: HeaderName = name.parse().expect("a name");
    headers.get(name).map(|value| value.to_str().expect("text").to_owned()).unwrap_or_default()
}

#[tokio::test]
async fn a_picture_goes_from_one_person_to_another_and_to_nobody_else() {
    let server = TestServer::start().await;
    let (ada, bob, eve) =
        (server.sign_up("ada").await, server.sign_up("bob").await, server.sign_up("eve").await);
    let chat = server.open_direct(&ada, "bob").await;
    let sent = picture(1, 900, 300);
    let part = Part::bytes(sent.clone()).file_name("../engine.png").mime_str("text/html");
    let parts = Form::new().text("alt", " The engine ").part("file", part.expect("a type"));
    let (status, attachment) = told(server.posting(&ada, parts)).await;
    assert_eq!(status, StatusCode::CREATED, "{attachment}");
    assert_eq!(attachment["name"], "engine.png");
    assert_eq!(
        (&attachment["alt"], &attachment["content_type"]),
        (&json!("The engine"), &json!("image/png"))
    );
    assert_eq!(attachment["image"], json!({ "width": 900, "height": 300 }));

    // Before it is in a message, it is its owner's alone.
    let whole = format!("media/{}", id(&attachment));
    let small = format!("{whole}/thumbnail");
    for (who, status) in [(&ada, 200), (&bob, 404), (&eve, 404)] {
        assert_eq!(server.get(who, &whole, "").await.status().as_u16(), status);
    }
    let (status, ack) = server.post(&ada, chat, &[id(&attachment)]).await;
    assert_eq!(status, StatusCode::CREATED, "{ack}");
    for (who, status) in [(&ada, 200), (&bob, 200), (&eve, 404)] {
        assert_eq!(server.get(who, &whole, "").await.status().as_u16(), status);
        assert_eq!(server.get(who, &small, "").await.status().as_u16(), status);
    }
    let path = format!("conversations/{chat}/messages");
    let (_, page) = server.ask(Method::GET, &path, Some(&bob.token), None).await;
    assert_eq!(page["messages"][0]["attachments"][0], attachment);

    let response = server.get(&bob, &whole, "").await;
    let headers = response.headers().clone();
    assert_eq!(header(&headers, "content-type"), "image/png");
    assert_eq!(header(&headers, "x-content-type-options"), "nosniff");
    assert!(header(&headers, "content-security-policy").contains("sandbox"));
    assert!(header(&headers, "cache-control").contains("immutable"));
    assert_eq!(header(&headers, "content-disposition"), "inline; filename*=UTF-8''engine.png");
    let bytes = response.bytes().await.expect("whole");
    let shown = image::load_from_memory(&bytes).expect("a picture").to_rgb8();
    assert_eq!(shown, image::load_from_memory(&sent).expect("a picture").to_rgb8());
    let thumbnail = server.get(&bob, &small, "").await.bytes().await.expect("whole");
    assert_eq!(image::load_from_memory(&thumbnail).expect("a picture").width(), 640);
}

#[tokio::test]
async fn nothing_of_a_blocked_person_is_fetched_not_even_by_its_id() {
    let server = TestServer::start().await;
    let (ada, bob) = (server.sign_up("ada").await, server.sign_up("bob").await);
    let chat = server.open_direct(&ada, "bob").await;
    let sent = server.upload(&ada, "engine.png", picture(1, 30, 20)).await;
    server.post(&ada, chat, &[id(&sent)]).await;
    let put = server.request(Method::PUT, "me/avatar").bearer_auth(&ada.token);
    let (_, me) = told(put.multipart(form("me.png", picture(2, 40, 30)))).await;
    let face = me["user"]["avatar"].as_str().expect("an avatar");
    let paths = [id(&sent), face].map(|media| format!("media/{media}"));
    for (method, status) in [(Method::PUT, 404), (Method::DELETE, 200)] {
        for path in &paths {
            assert_eq!(server.get(&bob, path, "").await.status(), StatusCode::OK, "{method}");
        }
        server.ask(Method::PUT, "me/blocks/ada", Some(&bob.token), None).await;
        server.ask(method.clone(), "me/blocks/ada", Some(&bob.token), None).await;
        for path in &paths {
            assert_eq!(server.get(&bob, path, "").await.status().as_u16(), status, "{method}");
        }
        server.ask(Method::DELETE, "me/blocks/ada", Some(&bob.token), None).await;
    }
}

#[tokio::test]
async fn a_file_is_served_in_ranges_and_not_again_to_who_has_it() {
    let server = TestServer::start().await;
    let ada = server.sign_up("ada").await;
    let bytes: Vec<u8> = (0..200_000_u32).flat_map(u32::to_le_bytes).collect();
    let attachment = server.upload(&ada, "größe \"1\".log", bytes.clone()).await;
    assert_eq!(attachment["content_type"], "application/octet-stream");
    assert!(attachment.get("image").is_none());
    let path = format!("media/{}", id(&attachment));
    let whole = server.get(&ada, &path, "").await;
    let tag = header(whole.headers(), "etag");
    let disposition = header(whole.headers(), "content-disposition");
    assert_eq!(disposition, "attachment; filename*=UTF-8''gr%C3%B6%C3%9Fe%20%221%22.log");
    assert_eq!(whole.bytes().await.expect("whole"), bytes);

    for (range, part) in [
        ("bytes=0-0", &bytes[..1]),
        ("bytes=100000-100099", &bytes[100_000..100_100]),
        ("bytes=799990-", &bytes[799_990..]),
        ("bytes=-10", &bytes[799_990..]),
    ] {
        let response = server.get(&ada, &path, range).await;
        assert_eq!(response.status(), StatusCode::PARTIAL_CONTENT, "{range}");
        assert!(header(response.headers(), "content-range").ends_with("/800000"), "{range}");
        assert_eq!(response.bytes().await.expect("a part"), part, "{range}");
    }
    let beyond = server.get(&ada, &path, "bytes=800000-").await;
    assert_eq!(header(beyond.headers(), "content-range"), "bytes */800000");
    assert_eq!(beyond.status(), StatusCode::RANGE_NOT_SATISFIABLE);
    for ignored in ["lines=1-2", "bytes=5-1,", "bytes=0-1,5-6"] {
        let status = server.get(&ada, &path, ignored).await.status();
        assert!(
            status == StatusCode::OK || status == StatusCode::RANGE_NOT_SATISFIABLE,
            "{ignored}"
        );
    }
    let request = |name: &str, value: &str| {
        let request = server.request(Method::GET, &path).bearer_auth(&ada.token);
        request.header(name, value)
    };
    let response = request("if-none-match", &tag).send().await.expect("answered");
    assert_eq!(response.status(), StatusCode::NOT_MODIFIED);
    let other = request("if-range", "\"another\"").header("range", "bytes=0-0");
    assert_eq!(other.send().await.expect("answered").status(), StatusCode::OK);
    // Only pictures have a small form.
    let status = server.get(&ada, &format!("{path}/thumbnail"), "").await.status();
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn the_same_bytes_are_one_file_and_each_owner_has_their_own_upload() {
    let server = TestServer::start().await;
    let (ada, bob) = (server.sign_up("ada").await, server.sign_up("bob").await);
    let first = server.upload(&ada, "a.log", b"the same".to_vec()).await;
    let second = server.upload(&bob, "b.log", b"the same".to_vec()).await;
    assert_ne!(id(&first), id(&second));
    assert_eq!(server.files().len(), 1);
    let chat = server.open_direct(&bob, "ada").await;
    // Nobody hangs what is somebody else's on a message, not even with the same bytes.
    let (status, answer) = server.post(&bob, chat, &[id(&first)]).await;
    assert_eq!((status.as_u16(), &answer["error"]["code"]), (422, &json!("attachment_unknown")));
    let (status, _) = server.post(&bob, chat, &[id(&second)]).await;
    assert_eq!(status, StatusCode::CREATED);
}

#[tokio::test]
async fn a_message_and_what_hangs_on_it_are_stored_together_or_not_at_all() {
    let server = TestServer::start().await;
    let ada = server.sign_up("ada").await;
    let chat = server.open_direct(&ada, "ada").await;
    let mine = server.upload(&ada, "a.log", b"mine".to_vec()).await;
    let nowhere = chatter_protocol::MediaId::new().to_string();
    let (status, answer) = server.post(&ada, chat, &[id(&mine), &nowhere]).await;
    assert_eq!((status.as_u16(), &answer["error"]["code"]), (422, &json!("attachment_unknown")));
    let path = format!("conversations/{chat}");
    let (_, view) = server.ask(Method::GET, &path, Some(&ada.token), None).await;
    assert_eq!(view["head_seq"], 0, "nothing was stored");
    // One more than allowed, and the same key with another file.
    let many = vec![id(&mine); 11];
    let (status, answer) = server.post(&ada, chat, &many).await;
    assert_eq!((status.as_u16(), &answer["error"]["field"]), (422, &json!("attachments")));
    let other = server.upload(&ada, "b.log", b"other".to_vec()).await;
    let key = ClientMsgId::new();
    let path = format!("conversations/{chat}/messages");
    let post = async |media: &str| {
        let body = json!({ "client_msg_id": key, "body": "", "attachments": [media] });
        server.ask(Method::POST, &path, Some(&ada.token), Some(body)).await.0.as_u16()
    };
    assert_eq!(post(id(&mine)).await, 201);
    assert_eq!(post(id(&mine)).await, 200);
    assert_eq!(post(id(&other)).await, 409);
    let first = format!("{path}/1");
    server.ask(Method::DELETE, &first, Some(&ada.token), None).await;
    assert_eq!(post(id(&mine)).await, 200, "also when the message is deleted");
    assert_eq!(post(id(&other)).await, 409);
}

#[tokio::test]
async fn what_no_message_uses_is_gone_after_its_time_and_the_rest_stays() {
    let server = TestServer::start_with(|settings| settings.media_unused_ms = 1).await;
    let ada = server.sign_up("ada").await;
    let chat = server.open_direct(&ada, "ada").await;
    let used = server.upload(&ada, "used.png", picture(1, 20, 20)).await;
    server.post(&ada, chat, &[id(&used)]).await;
    let deleted = server.upload(&ada, "deleted.log", b"deleted".to_vec()).await;
    server.post(&ada, chat, &[id(&deleted)]).await;
    let path = format!("conversations/{chat}/messages/2");
    server.ask(Method::DELETE, &path, Some(&ada.token), None).await;
    let unused = server.upload(&ada, "unused.log", b"unused".to_vec()).await;
    let avatar = server.request(Method::PUT, "me/avatar").bearer_auth(&ada.token);
    let (status, me) = told(avatar.multipart(form("me.png", picture(2, 40, 30)))).await;
    assert_eq!(status, StatusCode::OK, "{me}");
    // A file that was named while the server was killed, before its row was written.
    let folder = server.data.path().join("media/00");
    fs::create_dir_all(&folder)
        .and_then(|()| fs::write(folder.join("00".repeat(32)), "x"))
        .expect("an orphan");
    assert_eq!(server.files().len(), 2 + 1 + 1 + 1 + 1);

    let server = server.restart(|settings| settings.media_unused_ms = 1).await;
    let clean = async {
        while server.files().len() > 3 {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(support::PATIENCE, clean).await.expect("taken away");
    for (attachment, status) in [(&used, 200), (&deleted, 404), (&unused, 404)] {
        let path = format!("media/{}", id(attachment));
        assert_eq!(server.get(&ada, &path, "").await.status().as_u16(), status);
    }
    let worn = format!("media/{}", me["user"]["avatar"].as_str().expect("an avatar"));
    assert_eq!(server.get(&ada, &worn, "").await.status(), StatusCode::OK);
    // Room that is free again can be used.
    let (status, answer) = server.post(&ada, chat, &[id(&unused)]).await;
    assert_eq!((status.as_u16(), &answer["error"]["code"]), (422, &json!("attachment_unknown")));
}

#[tokio::test]
async fn faces_are_shown_to_everybody_and_changed_by_their_owner() {
    let server = TestServer::start().await;
    let bob = server.sign_up("bob").await;
    let mut parts = Form::new();
    for (field, value) in sign_up_body("ada").as_object().expect("fields") {
        parts = parts.text(field.clone(), value.as_str().expect("a text").to_owned());
    }
    let parts = parts.text("remember", "true");
    let avatar = Part::bytes(picture(3, 300, 200)).file_name("me.png");
    let request = server.request(Method::POST, "signup").multipart(parts.part("avatar", avatar));
    let (status, grant) = told(request).await;
    assert_eq!(status, StatusCode::CREATED, "{grant}");
    assert_eq!(grant["session"]["remember"], true);
    let ada = Account {
        id: grant["me"]["user"]["id"].as_str().expect("an id").parse().expect("an id"),
        token: grant["token"].as_str().expect("a token").to_owned(),
    };
    let worn = async |viewer: &Account| {
        let (_, person) = server.ask(Method::GET, "users/ada", Some(&viewer.token), None).await;
        person["user"]["avatar"].as_str().map(str::to_owned)
    };
    let first = worn(&bob).await.expect("an avatar");
    for small in ["", "/thumbnail"] {
        let response = server.get(&bob, &format!("media/{first}{small}"), "").await;
        let bytes = response.bytes().await.expect("whole");
        let face = image::load_from_memory(&bytes).expect("a picture");
        assert_eq!((face.width(), face.height()), (256, 256));
    }
    // The other's picture has the same name and stays another.
    let put = server.request(Method::PUT, "me/avatar").bearer_auth(&bob.token);
    let (status, me) = told(put.multipart(form("me.png", picture(4, 100, 100)))).await;
    assert_eq!(status, StatusCode::OK, "{me}");
    assert_ne!(me["user"]["avatar"].as_str().expect("an avatar"), first);
    assert_eq!(worn(&bob).await.as_deref(), Some(first.as_str()));

    let (_, me) = server.ask(Method::DELETE, "me/avatar", Some(&ada.token), None).await;
    assert!(me["user"].get("avatar").is_none() && worn(&bob).await.is_none());
    let response = server.get(&bob, &format!("media/{first}"), "").await;
    assert_eq!(response.status(), StatusCode::NOT_FOUND, "a face that is taken off is private");
    let (_, answer) = told(
        server
            .request(Method::PUT, "me/avatar")
            .bearer_auth(&ada.token)
            .multipart(form("x.txt", b"text".to_vec())),
    )
    .await;
    assert_eq!(answer["error"]["code"], "image_refused");
}
