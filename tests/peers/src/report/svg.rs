//! As much of SVG as two plots need.

use std::fmt::Write as _;

/// A drawing.
pub(super) struct Svg {
    width: f64,
    height: f64,
    body: String,
}

/// Where a text hangs on its point.
#[derive(Clone, Copy)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

/// Colours, chosen to be told apart on white and on black; the text follows the reader's scheme.
const STYLE: &str = "\
:root{--ground:#fff;--ink:#1f2328;--soft:#59636e;--rule:#d1d9e0}\
@media (prefers-color-scheme:dark){:root{--ground:#0d1117;--ink:#f0f6fc;--soft:#9198a1;--rule:#3d444d}}\
text{font-family:system-ui,-apple-system,'Segoe UI',Helvetica,Arial,sans-serif;font-size:12px;fill:var(--ink)}\
.ground{fill:var(--ground)}.title{font-size:17px;font-weight:600}.panel{font-size:13px;font-weight:600}\
.soft{fill:var(--soft);font-size:11px}.strong{font-weight:700}\
.rule{stroke:var(--rule);stroke-width:1}.dashed{stroke:var(--soft);stroke-width:1;stroke-dasharray:3 3}\
.whisker{stroke:var(--ink);stroke-width:1.2;opacity:.75}\
.line{fill:none;stroke-width:1.8;stroke-linejoin:round}.thick{stroke-width:3}";

impl Svg {
    pub(super) fn new(width: f64, height: f64) -> Self {
        Self { width, height, body: String::new() }
    }

    pub(super) fn text(&mut self, (x, y): (f64, f64), anchor: Anchor, class: &str, text: &str) {
        let anchor = match anchor {
            Anchor::Start => "start",
            Anchor::Middle => "middle",
            Anchor::End => "end",
        };
        let text = escaped(text);
        self.put(&format!(
            r#"<text x="{x:.1}" y="{y:.1}" text-anchor="{anchor}" class="{class}">{text}</text>"#
        ));
    }

    pub(super) fn line(&mut self, (x1, y1): (f64, f64), (x2, y2): (f64, f64), class: &str) {
        self.put(&format!(r#"<line x1="{x1:.1}" y1="{y1:.1}" x2="{x2:.1}" y2="{y2:.1}" class="{class}"/>"#));
    }

    pub(super) fn bar(&mut self, (x, y): (f64, f64), width: f64, height: f64, colour: &str, opacity: f64) {
        self.put(&format!(
            r#"<rect x="{x:.1}" y="{y:.1}" width="{:.1}" height="{height:.1}" rx="2" fill="{colour}" fill-opacity="{opacity}"/>"#,
            width.max(1.0)
        ));
    }

    pub(super) fn path(&mut self, points: &[(f64, f64)], colour: &str, thick: bool) {
        let points: Vec<String> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
        let class = if thick { "line thick" } else { "line" };
        self.put(&format!(r#"<polyline points="{}" class="{class}" stroke="{colour}"/>"#, points.join(" ")));
    }

    pub(super) fn dot(&mut self, (x, y): (f64, f64), radius: f64, colour: &str) {
        self.put(&format!(r#"<circle cx="{x:.1}" cy="{y:.1}" r="{radius}" fill="{colour}"/>"#));
    }

    /// The file's text; `says` is for those who cannot see it.
    pub(super) fn finish(self, says: &str) -> String {
        let Self { width, height, body } = self;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
             height=\"{height}\" role=\"img\">\n<title>{}</title>\n<style>{STYLE}</style>\n\
             <rect class=\"ground\" width=\"100%\" height=\"100%\" rx=\"8\"/>\n{body}</svg>\n",
            escaped(says)
        )
    }

    fn put(&mut self, element: &str) {
        writeln!(self.body, "{element}").expect("a String takes everything");
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_text_says_cannot_break_the_file() {
        let mut svg = Svg::new(10.0, 10.0);
        svg.text((1.0, 2.0), Anchor::End, "soft", "a < b & c");
        assert!(svg.finish("<").contains(">a &lt; b &amp; c</text>"));
    }
}
