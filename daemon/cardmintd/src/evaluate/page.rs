//! The report as a page with pictures: what was taken for what, side by side.
//!
//! Deliberately absent: the right answers, which need no looking at.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use cardmint_domain::PrintingId;
use image::{DynamicImage, RgbImage, imageops};

use super::crop::part;
use super::labels::bounds;
use super::report::{Confusion, Report};
use super::work::open;
use crate::catalogue::references;

/// Longest side of a picture on the page, in pixels.
const PICTURE_PX: u32 = 480;
const STYLE: &str = "body{font:15px/1.4 sans-serif;margin:2em auto;max-width:70em;padding:0 1em}\
    section{border-top:1px solid #999;padding:1em 0}figure{display:inline-block;margin:0 1em 0 0;vertical-align:top}\
    img{max-height:22em;max-width:18em}pre{white-space:pre-wrap}.wrong{background:#fdd}";

/// Writes `index.html` and its pictures into `out`, which is made when missing.
///
/// # Errors
/// When the folder, the page or a picture cannot be written. A photo or reference that cannot be read is named with the reason.
pub fn write(report: &Report, images: &Path, references: Option<&Path>, out: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(out).with_context(|| format!("making the folder {}", out.display()))?;
    let known = match references {
        Some(folder) => references::list(folder).context("listing the reference pictures")?,
        None => Vec::new(),
    };
    let known: BTreeMap<PrintingId, PathBuf> = known.into_iter().map(|one| (one.printing, one.path)).collect();
    let mut page = Page { out, images, known, html: String::new(), pictures: 0 };
    page.section("Answers that are not the label", &report.confusions)?;
    page.section("Right answers that were left to a person", &report.right_but_reviewed)?;
    let html = format!(
        "<!doctype html><html lang=\"en\"><meta charset=\"utf-8\"><title>CardMint evaluation</title><style>{STYLE}</style>\
         <h1>Evaluation</h1><pre>{}</pre>{}</html>\n",
        escaped(&summary(report)),
        page.html
    );
    let file = out.join("index.html");
    std::fs::write(&file, html).with_context(|| format!("writing {}", file.display()))
}

/// The report's text up to the list of answers, which the page shows itself.
fn summary(report: &Report) -> String {
    let told = Report { confusions: Vec::new(), right_but_reviewed: Vec::new(), ..report.clone() };
    told.to_string()
}

struct Page<'a> {
    out: &'a Path,
    images: &'a Path,
    known: BTreeMap<PrintingId, PathBuf>,
    html: String,
    pictures: usize,
}

impl Page<'_> {
    fn section(&mut self, title: &str, answers: &[Confusion]) -> anyhow::Result<()> {
        self.html.push_str(&format!("<h2>{} ({})</h2>", escaped(title), answers.len()));
        answers.iter().try_for_each(|answer| self.answer(answer))
    }

    fn answer(&mut self, told: &Confusion) -> anyhow::Result<()> {
        let class = if told.accepted && told.answer != told.truth { " class=\"wrong\"" } else { "" };
        self.html.push_str(&format!("<section{class}>"));
        let photo = open(&self.images.join(&told.image));
        let photo = photo.map(|photo| part(&photo, bounds(&told.bbox).ok().flatten()).0);
        self.figure(photo, &told.image)?;
        let mut shown = vec![("taken for", &told.answer)];
        if told.truth != told.answer {
            shown.push(("label", &told.truth));
        }
        for (what, id) in shown.into_iter().filter(|(_, id)| !id.is_empty()) {
            let path = self.known.get(&PrintingId::new(id.as_str())).context("no reference");
            let reference = path.and_then(|path| open(path));
            self.figure(reference, &format!("{what} {id}"))?;
        }
        self.html.push_str(&format!("<p>{:.3}: {}</p></section>", told.posterior, escaped(&told.reason)));
        Ok(())
    }

    /// A picture with its caption; the caption and the reason where there is no picture.
    fn figure(&mut self, picture: anyhow::Result<RgbImage>, caption: &str) -> anyhow::Result<()> {
        let caption = escaped(caption);
        let picture = match picture {
            Ok(picture) => small(picture),
            Err(why) => {
                let why = escaped(&format!("{why:#}"));
                self.html.push_str(&format!("<figure><figcaption>{caption} ({why})</figcaption></figure>"));
                return Ok(());
            }
        };
        self.pictures += 1;
        let name = format!("{:04}.jpg", self.pictures);
        let file = self.out.join(&name);
        picture.save(&file).with_context(|| format!("writing {}", file.display()))?;
        self.html.push_str(&format!(
            "<figure><img src=\"{name}\" alt=\"{caption}\"><figcaption>{caption}</figcaption></figure>"
        ));
        Ok(())
    }
}

fn small(picture: RgbImage) -> RgbImage {
    if picture.width().max(picture.height()) <= PICTURE_PX {
        return picture;
    }
    DynamicImage::from(picture).resize(PICTURE_PX, PICTURE_PX, imageops::FilterType::Triangle).into_rgb8()
}

/// Text as it may stand in HTML, in an attribute too.
fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut out, sign| {
        match sign {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            other => out.push(other),
        }
        out
    })
}
