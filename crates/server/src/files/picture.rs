//! Looks at images: decodes them within bounds, draws the small picture, and takes out what says where, when
//! and with what they were taken. Knows nothing of uploads; blocks, and takes memory.
//!
//! Cleaning does not compress again: pixels, colours and animation stay as they were.

use super::strip;
use image::codecs::jpeg::JpegEncoder;
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};
use std::io::Cursor;
use wire::{Refusal, Refused, limit};

/// Of a JPEG thumbnail.
const QUALITY: u8 = 80;

/// An image that can be shown.
#[derive(Debug)]
pub struct Picture {
    /// As it is kept: without what is nobody's business.
    pub clean: Vec<u8>,
    /// Pixels, the right way up.
    pub width: u32,
    /// See `width`.
    pub height: u32,
    /// The small picture and its media type, where the image is larger than that.
    pub thumbnail: Option<(Vec<u8>, &'static str)>,
}

/// Looks at an image of this media type.
///
/// # Errors
/// `image-too-large` before its pixels take any memory, `image-damaged`.
pub fn look(media_type: &str, bytes: &[u8]) -> Result<Picture, Refused> {
    let format = ImageFormat::from_mime_type(media_type).ok_or(Refusal::ImageDamaged)?;
    let mut limits = Limits::default();
    // The decoder of PNG gives its limit to a profile of colours as well, which unfolds a thousandfold.
    limits.max_alloc = Some(match format {
        ImageFormat::Png => limit::IMAGE_PNG_ASIDE_BYTES,
        _ => limit::IMAGE_DECODE_BYTES,
    });
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| damaged(&error))?;
    let (width, height) = decoder.dimensions();
    if u64::from(width) * u64::from(height) > limit::IMAGE_PIXELS {
        let most = limit::IMAGE_PIXELS;
        return Err(
            Refusal::ImageTooLarge.because(format!("{width} x {height}; the limit is {most} pixels."))
        );
    }
    // One that cannot be read says nothing about which way is up.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let image = DynamicImage::from_decoder(decoder).map_err(|error| damaged(&error))?;
    let clean = strip::cleaned(media_type, bytes, orientation).ok_or(Refusal::ImageDamaged)?;
    let is_turned = orientation.to_exif() >= 5;
    let (width, height) = if is_turned { (height, width) } else { (width, height) };
    Ok(Picture { clean, width, height, thumbnail: thumbnail(&image, orientation)? })
}

fn damaged(error: &ImageError) -> Refused {
    match error {
        ImageError::Limits(_) => Refusal::ImageTooLarge.into(),
        _ => Refusal::ImageDamaged.into(),
    }
}

/// Drawn first and turned then: turning the whole image would take its memory twice.
fn thumbnail(
    image: &DynamicImage,
    orientation: Orientation,
) -> Result<Option<(Vec<u8>, &'static str)>, Refused> {
    let side = limit::THUMBNAIL_PIXELS;
    if image.width() <= side && image.height() <= side {
        return Ok(None);
    }
    let mut small = image.thumbnail(side, side);
    small.apply_orientation(orientation);
    let mut bytes = Vec::new();
    let (drawn, media_type) = if small.color().has_alpha() {
        let small = DynamicImage::ImageRgba8(small.into_rgba8());
        (small.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png), "image/png")
    } else {
        let small = small.into_rgb8();
        (JpegEncoder::new_with_quality(&mut bytes, QUALITY).encode_image(&small), "image/jpeg")
    };
    drawn.map_err(|_| Refusal::Internal)?;
    Ok(Some((bytes, media_type)))
}

#[cfg(test)]
#[path = "picture_tests.rs"]
mod tests;
