//! Links that open files for a day (ruling 15): made whenever a message is rendered, checked when
//! somebody follows one. Knows nothing of who may read the message.

use wire::file::{self, Attachment, File, Part};
use wire::{Refusal, sign};

/// Signs links to files, and checks them.
#[derive(Clone, Debug)]
pub struct Links {
    key: String,
    base: String,
    clock: fn() -> u64,
}

impl Links {
    /// Links under the secret that all nodes share, beginning with `base`: an origin, or nothing where
    /// readers know it. `clock` says how many milliseconds have passed since the Unix epoch.
    pub fn new(secret: &str, base: &str, clock: fn() -> u64) -> Links {
        // A key of its own: no signature of the Pusher protocol is one of a link.
        let key = sign::digest(secret, b"frontdesk: links to files");
        Links { key, base: base.to_owned(), clock }
    }

    /// Does this signature open the file now?
    ///
    /// # Errors
    /// `link-invalid` or `link-expired`.
    pub fn check(&self, part: Part, id: &str, expires_s: u64, signature: &str) -> Result<(), Refusal> {
        file::verify(&self.key, part, id, expires_s, signature, (self.clock)())
    }

    /// The file as it can be loaded from now on.
    pub fn attachment(&self, file: &File) -> Attachment {
        let path = file::path(&file.id, &file.name);
        let thumbnail = || self.open(Part::Thumbnail, &file.id, &file::thumbnail_path(&file.id));
        Attachment {
            url: self.open(Part::Whole, &file.id, &path),
            thumbnail_url: file.has_thumbnail.then(thumbnail),
            path,
            file: file.clone(),
        }
    }

    fn open(&self, part: Part, id: &str, path: &str) -> String {
        format!("{}{path}?{}", self.base, file::query(&self.key, part, id, (self.clock)()))
    }
}
