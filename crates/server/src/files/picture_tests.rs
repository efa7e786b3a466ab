//! Images as people send them, and as nobody should: turned, damaged, far too large, with a film behind.
#![allow(clippy::unwrap_used)]

use super::*;
use image::{Rgb, RgbImage, Rgba, RgbaImage};
use proptest::prelude::*;

/// What no reader must find.
const SECRET: &[u8] = b"52.5200N 13.4050E";

fn encoded(image: &DynamicImage, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    image.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes
}

/// Red on the left, blue on the right.
fn flag(width: u32, height: u32) -> DynamicImage {
    let colour = |x| if x < width / 2 { Rgb([255, 0, 0]) } else { Rgb([0, 0, 255]) };
    RgbImage::from_fn(width, height, |x, _| colour(x)).into()
}

fn segment(marker: u8, content: &[u8]) -> Vec<u8> {
    let length = u16::try_from(content.len() + 2).unwrap().to_be_bytes();
    [&[0xff, marker], &length[..], content].concat()
}

/// An EXIF block with which way is up and a place.
fn exif(turned: u8) -> Vec<u8> {
    let tiff =
        [&b"MM\0*\0\0\0\x08"[..], &[0, 1, 1, 0x12, 0, 3, 0, 0, 0, 1, 0, turned, 0, 0, 0, 0, 0, 0], SECRET];
    tiff.concat()
}

/// A photograph as a telephone makes it: a place in EXIF, in XMP and in a comment, and a film behind its end.
fn photograph(turned: u8) -> Vec<u8> {
    let plain = encoded(&flag(640, 320), ImageFormat::Jpeg);
    let film = [&b"\0\0\0\x18ftypmp42"[..], SECRET, &[0xff, 0xd9]].concat();
    let exif = segment(0xe1, &[&b"Exif\0\0"[..], &exif(turned)].concat());
    let xmp = segment(0xe1, &[&b"http://ns.adobe.com/xap/1.0/\0"[..], SECRET].concat());
    [&plain[..2], &exif, &xmp, &segment(0xfe, SECRET), &plain[2..], &film].concat()
}

fn holds(bytes: &[u8], what: &[u8]) -> bool {
    bytes.windows(what.len()).any(|window| window == what)
}

#[test]
fn a_photograph_says_no_place_and_stands_the_right_way_up() {
    let sent = photograph(6);
    assert!(holds(&sent, SECRET));
    let picture = look("image/jpeg", &sent).unwrap();
    assert!(!holds(&picture.clean, SECRET) && !holds(&picture.clean, b"ftyp"));
    assert_eq!((picture.width, picture.height), (320, 640));
    let mut decoder =
        ImageReader::with_format(Cursor::new(&picture.clean), ImageFormat::Jpeg).into_decoder().unwrap();
    assert_eq!(decoder.orientation().unwrap(), Orientation::Rotate90);
    let before = image::load_from_memory(&sent).unwrap().into_rgb8();
    let after = image::load_from_memory(&picture.clean).unwrap().into_rgb8();
    assert_eq!(before, after, "not compressed again");
    let (small, media_type) = picture.thumbnail.unwrap();
    let small = image::load_from_memory(&small).unwrap().into_rgb8();
    assert_eq!((media_type, small.dimensions()), ("image/jpeg", (240, 480)));
    let (top, bottom) = (small.get_pixel(120, 20), small.get_pixel(120, 460));
    assert!(top[0] > 200 && bottom[2] > 200, "left is up now: {top:?} {bottom:?}");
}

#[test]
fn an_upright_photograph_keeps_no_exif_at_all() {
    let picture = look("image/jpeg", &photograph(1)).unwrap();
    assert!(!holds(&picture.clean, SECRET) && !holds(&picture.clean, b"Exif"));
    assert_eq!((picture.width, picture.height), (640, 320));
}

#[test]
fn every_kind_that_is_shown_loses_what_is_not_the_image() {
    use img_parts::ImageEXIF;
    let image = flag(32, 16);
    let mut png = img_parts::png::Png::from_bytes(encoded(&image, ImageFormat::Png).into()).unwrap();
    png.set_exif(Some(exif(1).into()));
    let text = [&b"Comment\0"[..], SECRET].concat();
    png.chunks_mut().insert(1, img_parts::png::PngChunk::new(*b"tEXt", text.into()));
    let mut webp = img_parts::webp::WebP::from_bytes(encoded(&image, ImageFormat::WebP).into()).unwrap();
    webp.set_exif(Some(exif(1).into()));
    let gif = encoded(&image, ImageFormat::Gif);
    let comment = [&[0x21, 0xfe, u8::try_from(SECRET.len()).unwrap()], SECRET, &[0]].concat();
    let head = 13 + 3 * (2 << (gif[10] & 7)) * usize::from(gif[10] >> 7);
    let gif = [&gif[..head], &comment, &gif[head..], SECRET].concat();
    for (media_type, sent) in [
        ("image/png", png.encoder().bytes().to_vec()),
        ("image/webp", webp.encoder().bytes().to_vec()),
        ("image/gif", gif),
    ] {
        assert!(holds(&sent, SECRET), "{media_type}");
        let picture = look(media_type, &sent).unwrap();
        assert!(!holds(&picture.clean, SECRET), "{media_type}");
        assert_eq!((picture.width, picture.height), (32, 16));
        assert!(picture.thumbnail.is_none(), "small enough as it is");
        let after = image::load_from_memory(&picture.clean).unwrap().into_rgb8();
        assert_eq!(image::load_from_memory(&sent).unwrap().into_rgb8(), after, "{media_type}");
    }
}

#[test]
fn what_can_be_seen_through_stays_so() {
    let glass = DynamicImage::from(RgbaImage::from_pixel(600, 600, Rgba([0, 0, 0, 7])));
    let picture = look("image/png", &encoded(&glass, ImageFormat::Png)).unwrap();
    let (small, media_type) = picture.thumbnail.unwrap();
    assert_eq!(media_type, "image/png");
    assert_eq!(image::load_from_memory(&small).unwrap().into_rgba8().get_pixel(9, 9)[3], 7);
}

/// A PNG of so many pixels in some hundred bytes.
fn bomb(width: u32, height: u32) -> Vec<u8> {
    let mut png = img_parts::png::Png::from_bytes(encoded(&flag(2, 2), ImageFormat::Png).into()).unwrap();
    let head = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 2, 0, 0, 0]].concat();
    png.chunks_mut()[0] = img_parts::png::PngChunk::new(*b"IHDR", head.into());
    png.encoder().bytes().to_vec()
}

#[test]
fn a_decompression_bomb_is_refused_by_its_head() {
    for (width, height) in [(50_001, 1_000), (65_535, 65_535), (u32::MAX >> 1, 1)] {
        let sent = bomb(width, height);
        assert!(sent.len() < 1_000);
        let refused = look("image/png", &sent).unwrap_err();
        assert_eq!(refused.refusal, Refusal::ImageTooLarge, "{width} x {height}");
    }
}

#[test]
fn a_profile_that_unfolds_without_end_reaches_nobody() {
    let with_profile = |bytes: usize| {
        let mut zlib = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::fast());
        std::io::Write::write_all(&mut zlib, &vec![0; bytes]).unwrap();
        let profile = [b"x\0\0".to_vec(), zlib.finish().unwrap()].concat();
        let mut png = img_parts::png::Png::from_bytes(encoded(&flag(9, 9), ImageFormat::Png).into()).unwrap();
        png.chunks_mut().insert(1, img_parts::png::PngChunk::new(*b"iCCP", profile.into()));
        look("image/png", &png.encoder().bytes()).unwrap().clean
    };
    let has_one = |png: &[u8]| png.windows(4).any(|four| four == b"iCCP");
    assert!(has_one(&with_profile(500_000)), "colours stay as they were");
    assert!(!has_one(&with_profile(50_000_000)));
}

#[test]
fn a_damaged_image_is_refused() {
    let whole = encoded(&flag(64, 64), ImageFormat::Png);
    let mut flipped = whole.clone();
    let middle = flipped.len() / 2;
    flipped[middle] ^= 0xff;
    for (what, media_type, sent) in [
        ("a head without a body", "image/png", whole[..33].to_vec()),
        ("a wrong sum", "image/png", flipped),
        ("no image", "image/jpeg", b"\xff\xd8\xff\xe0 no image".to_vec()),
        ("nothing", "image/gif", b"GIF89a".to_vec()),
        ("another kind", "image/webp", whole),
    ] {
        assert_eq!(look(media_type, &sent).unwrap_err().refusal, Refusal::ImageDamaged, "{what}");
    }
}

fn samples() -> Vec<Vec<u8>> {
    let formats = [ImageFormat::Png, ImageFormat::Jpeg, ImageFormat::Gif, ImageFormat::WebP];
    let plain = formats.map(|format| encoded(&flag(16, 16), format));
    plain.into_iter().chain([photograph(6)]).collect()
}

proptest! {
    #[test]
    fn no_bytes_make_cleaning_panic(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        strip::fuzz(&bytes);
    }

    #[test]
    fn images_with_changed_bytes_are_cleaned_or_refused(
        which in 0_usize..5,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..12),
        cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = samples().swap_remove(which);
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(cut.index(bytes.len()) + 1);
        strip::fuzz(&bytes);
        let media_type = ["image/png", "image/jpeg", "image/gif", "image/webp", "image/jpeg"][which];
        // Whatever it says, it says it without a panic.
        let _ = look(media_type, &bytes);
    }
}
