use proptest::prelude::*;

use super::*;
use crate::document::{Block, Document, Style, plain};

fn forms(text: &str) -> (String, String, String) {
    let document = Document {
        title: "t".into(),
        blocks: vec![
            Block::Paragraph(vec![plain("before")]),
            Block::Told { text: text.into(), quoted: false },
            Block::Paragraph(vec![plain("after")]),
        ],
    };
    (document.text(&Style::default()), document.markdown(), document.html())
}

/// What stands between the paragraphs around it.
fn shown(text: &str) -> (String, String, String) {
    let (terminal, markdown, page) = forms(text);
    let within = |form: &str, before: &str, after: &str| {
        let (_, rest) = form.split_once(before).unwrap();
        rest.rsplit_once(after).unwrap().0.to_owned()
    };
    (
        within(&terminal, "before\n\n", "\n\nafter"),
        within(&markdown, "before\n\n", "\n\nafter"),
        within(&page, "<div class=\"told\">", "</div><p dir=\"auto\">after"),
    )
}

#[test]
fn indentation_and_line_breaks_stay() {
    let (terminal, markdown, page) = shown("limits:\n  cpu: |\n    two");
    assert_eq!(terminal, "limits:\n  cpu: |\n    two");
    assert_eq!(markdown, "limits:\n  cpu: |\n    two");
    assert_eq!(page, "<p dir=\"auto\">limits:\n  cpu: |\n    two</p>");
}

#[test]
fn code_lists_and_tables_are_what_they_are_in_every_form() {
    let text = "1. stop *all* of it\n   - gently\n2. look at `top`\n\n```sh\nps  aux | grep <x>\n```\n\n| a | b |\n| - | - |\n| 1 | **2** |";
    let (terminal, markdown, page) = shown(text);
    assert_eq!(markdown, text);
    assert_eq!(
        terminal,
        "1. stop all of it\n   • gently\n2. look at top\n\n    ps  aux | grep <x>\n\na  b\n1  2"
    );
    assert!(page.starts_with("<ol start=\"1\"><li dir=\"auto\">stop <em>all</em> of it<ul><li"), "{page}");
    assert!(page.contains("<pre dir=\"ltr\"><code>ps  aux | grep &lt;x&gt;</code></pre>"), "{page}");
    assert!(page.contains("<td dir=\"auto\"><strong>2</strong></td>"), "{page}");
}

#[test]
fn headings_sink_below_the_pages() {
    let (terminal, markdown, page) = shown("# One\n\ntext\n\nTwo\n---\n\n###### Six\n\n#### Four ####");
    assert_eq!(markdown, "#### One\n\ntext\n\n##### Two\n\n\n###### Six\n\n###### Four ####");
    assert_eq!(page.matches("<h4").count() + page.matches("<h5").count() + page.matches("<h6").count(), 4);
    assert!(terminal.starts_with("One\n\ntext\n\nTwo"), "{terminal}");
    let (_, markdown, _) = shown("text\n\n  Two\n  ---\n\n  # One");
    assert_eq!(markdown, "text\n\n  ##### Two\n  \n\n  #### One");
}

#[test]
fn a_word_above_a_colon_and_a_dash_is_no_table() {
    let (terminal, markdown, page) = shown("so it was\n:-");
    assert_eq!(terminal, "so it was\n:-");
    assert_eq!(markdown, "so it was\n\\:-");
    assert_eq!(page, "<p dir=\"auto\">so it was\n:-</p>");
    let (_, markdown, _) = shown("*so* it\n\nwas\n:-");
    assert_eq!(markdown, "*so* it\n\nwas\n\\:-");
}

#[test]
fn raw_html_is_text_and_links_lead_only_where_they_may() {
    let (terminal, markdown, page) =
        shown("<b>bold</b> [a](javascript:x) ![pic](https://x/y.png) [b](https://x) <https://y> [c](/v1)");
    assert_eq!(
        terminal,
        "<b>bold</b> a <javascript:x> pic <https://x/y.png> b <https://x> https://y c\n</v1>"
    );
    assert_eq!(
        markdown,
        "&lt;b&gt;bold&lt;/b&gt; a &lt;javascript:x&gt; [pic](<https://x/y.png>) [b](https://x) <https://y> c &lt;/v1&gt;"
    );
    assert!(!page.contains("<b>") && !page.contains("href=\"javascript") && !page.contains("<img"), "{page}");
    let (_, markdown, page) = shown("<div onclick=\"x\">\n\n<script>y</script>\n\n</div>");
    assert!(
        !markdown.contains("<div") && !page.contains("<div") && !page.contains("<script"),
        "{markdown}\n{page}"
    );
}

#[test]
fn html_between_paragraphs_is_their_text() {
    let (terminal, markdown, page) = shown("seen:\n\n<table>\n<b>x</b>\n\nno more");
    assert_eq!(terminal, "seen:\n\n<table>\n<b>x</b>\n\nno more");
    assert_eq!(markdown, "seen:\n\n&lt;table&gt;\\\n&lt;b&gt;x&lt;/b&gt;\n\nno more");
    assert_eq!(page.matches("&lt;b&gt;x&lt;/b&gt;").count(), 1, "{page}");
    assert!(!page.contains("<table>"), "{page}");
}

#[test]
fn every_cell_stands_in_its_row() {
    let (_, _, page) = shown("| a | b |\n| - | - |\n| 1 | 2 |\n| 3 | 4 |");
    let cells = |row: &str, cell: &str| row.matches(cell).count();
    let rows: Vec<&str> = page.split("<tr").skip(1).collect();
    assert_eq!(
        rows.iter().map(|row| (cells(row, "<th "), cells(row, "<td "))).collect::<Vec<_>>(),
        [(2, 0), (0, 2), (0, 2)]
    );
}

#[test]
fn nobody_defines_what_others_words_lead_to() {
    let (_, markdown, _) =
        shown("see [the board] and [1a2b3c4d]\n\n[the board]: https://x/board\n[1a2b3c4d]: javascript:y");
    assert_eq!(markdown, "see [the board](<https://x/board>) and 1a2b3c4d &lt;javascript:y&gt;");
}

#[test]
fn code_that_does_not_end_is_ended() {
    let (terminal, markdown, page) = shown("```\nrm -r x\n\n# still code");
    assert_eq!(markdown, "```\nrm -r x\n\n# still code\n```");
    assert_eq!(terminal, "    rm -r x\n\n    # still code");
    assert!(page.ends_with("# still code</code></pre>"), "{page}");
    let (_, markdown, _) = shown("```\nso\n:-\n```");
    assert_eq!(markdown, "```\nso\n:-\n```");
    let (_, markdown, _) = shown("    indented\n      more");
    assert_eq!(markdown, "```\nindented\n  more\n```");
}

#[test]
fn what_is_nested_too_deep_for_anybody_is_told_flat() {
    for mark in ["> ", "- ", "1. "] {
        let (terminal, ..) = forms(&format!("{}deep", mark.repeat(5_000)));
        assert!(terminal.contains("deep"));
    }
}

fn markdown() -> impl Strategy<Value = String> {
    let piece = proptest::sample::select(vec![
        "word",
        " ",
        "  ",
        "    ",
        "\n",
        "\n\n",
        "# ",
        "- ",
        "1. ",
        "> ",
        "```",
        "~~~",
        "|",
        "| a |\n| - |\n",
        ":-",
        "---",
        "===",
        "*",
        "**",
        "_",
        "`",
        "[",
        "]",
        "(",
        ")",
        "]: ",
        "](",
        "https://x",
        "javascript:x",
        "![",
        "<",
        ">",
        "<b>",
        "</b>",
        "<!--",
        "-->",
        "<script>",
        "\\",
        "&lt;",
        "&",
        "[x]",
        "[^1]",
        "~~",
        "\t",
        "+",
        "ü",
    ]);
    proptest::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_reaches_beyond_itself(text in markdown(), quoted: bool) {
        let document = Document {
            title: "t".into(),
            blocks: vec![
                Block::Paragraph(vec![plain("before")]),
                Block::Told { text: text.clone(), quoted },
                Block::Heading(2, vec![plain("after")]),
            ],
        };
        let markdown = document.markdown();
        let shown = parts(&markdown);
        prop_assert_eq!(shown.get(1), Some(&Part::Paragraph(vec![plain("before")])), "{}", &markdown);
        prop_assert_eq!(shown.last(), Some(&Part::Heading(2, vec![plain("after")])), "{}", &markdown);
        let highest = shown[2..shown.len() - 1].iter().any(|part| matches!(part, Part::Heading(1..=3, _)));
        prop_assert!(!highest, "{}", &markdown);
        let raw = parser(&markdown).any(|event| matches!(event, Event::Html(_) | Event::InlineHtml(_)));
        prop_assert!(!raw, "{}", &markdown);
        let page = document.html();
        for bad in ["<b>", "<script", "<img", "href=\"javascript", "<!--"] {
            prop_assert!(!page.contains(bad), "{}", &page);
        }
        let terminal = document.text(&Style { width: 30, ..Style::default() });
        prop_assert!(terminal.lines().all(|line| line == line.trim_end()), "{:?}", terminal);
    }
}
