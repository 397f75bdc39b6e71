//! The two plots.

use super::figures::{self, OfAppends, Spread};
use super::markdown::count;
use super::svg::{Anchor, Svg};
use crate::results::{Entry, Grown, Results};
use crate::stage::SHAPES;

const WIDTH: f64 = 860.0;
const MARGIN: f64 = 24.0;
const GAP: f64 = 36.0;
const PANEL: f64 = (WIDTH - 2.0 * MARGIN - GAP) / 2.0;
const ROW: f64 = 20.0;
/// Below the title.
const TOP: f64 = 92.0;

fn colour(key: &str) -> &'static str {
    match key {
        "scribe" => "#e8590c",
        "umadb" => "#2b8ae2",
        "tephra" => "#1fa37a",
        "fjall" => "#a371f7",
        "redb" => "#c69026",
        _ => "#7d8590",
    }
}

/// append.svg: how many times the bare loop's rate each one reached, shape by shape.
pub(super) fn appends(results: &Results) -> String {
    let who: Vec<&Entry> = results.present().collect();
    let height = 52.0 + who.len() as f64 * ROW;
    let rows = SHAPES.len().div_ceil(2) as f64;
    let mut svg = Svg::new(WIDTH, TOP + rows * (height + 6.0) + 20.0);
    title(&mut svg, "Durable appends, as multiples of a bare write + fdatasync of the same append", results);
    for (index, shape) in SHAPES.into_iter().enumerate() {
        let left = MARGIN + (index % 2) as f64 * (PANEL + GAP);
        let top = TOP + (index / 2) as f64 * (height + 6.0);
        let found: Vec<(&Entry, Option<Spread>)> = who
            .iter()
            .map(|entry| (*entry, figures::appends(results, &entry.key, shape, OfAppends::ToGrowing)))
            .collect();
        let (writers, events) = (shape.writers, shape.events);
        let name = format!(
            "{shape}: {writers} writer{}, {events} event{} an append",
            if writers == 1 { "" } else { "s" },
            if events == 1 { "" } else { "s" }
        );
        svg.text((left, top + 12.0), Anchor::Start, "panel", &name);
        bars(&mut svg, (left, top + 24.0), &found);
    }
    let foot = TOP + rows * (height + 6.0) + 4.0;
    svg.text(
        (MARGIN, foot),
        Anchor::Start,
        "soft",
        "Bars: median of the rounds; whiskers: smallest and largest; dashed: the bare loop, one writer. Longer is better.",
    );
    svg.finish("Durable appends of scribe and its peers, as multiples of a bare write and fdatasync")
}

fn bars(svg: &mut Svg, (left, top): (f64, f64), found: &[(&Entry, Option<Spread>)]) {
    const NAMES: f64 = 152.0;
    const FIGURES: f64 = 50.0;
    // One bad minute of the disk must not press everybody's bars together: what leaves the panel is cut.
    let medians = found.iter().filter_map(|(_, spread)| Some(spread.as_ref()?.median));
    let most = medians.fold(1.0, f64::max) * 1.25;
    let (zero, room) = (left + NAMES, PANEL - NAMES - FIGURES);
    let x = |figure: f64| zero + figure.min(most) / most * room;
    let bottom = top + found.len() as f64 * ROW;
    svg.line((zero, top), (zero, bottom), "rule");
    svg.line((x(1.0), top), (x(1.0), bottom), "dashed");
    for (index, (entry, spread)) in found.iter().enumerate() {
        let middle = top + (index as f64 + 0.5) * ROW;
        let class = if entry.key == "scribe" { "strong" } else { "" };
        svg.text((zero - 8.0, middle + 4.0), Anchor::End, class, &entry.name);
        let Some(spread) = spread else {
            svg.text((zero + 6.0, middle + 4.0), Anchor::Start, "soft", "not measured");
            continue;
        };
        let opacity = if entry.key == "scribe" { 1.0 } else { 0.75 };
        svg.bar((zero, middle - 6.5), x(spread.median) - zero, 13.0, colour(&entry.key), opacity);
        svg.line((x(spread.least), middle), (x(spread.most), middle), "whisker");
        for end in [spread.least, spread.most].into_iter().filter(|end| *end <= most) {
            svg.line((x(end), middle - 3.0), (x(end), middle + 3.0), "whisker");
        }
        let figure = format!("{}×", shown(spread.median));
        svg.text((x(spread.most.max(spread.median)) + 6.0, middle + 4.0), Anchor::Start, class, &figure);
    }
}

/// A panel of growth.svg.
struct Panel {
    name: &'static str,
    what: Grown,
    /// What scribe has in its place.
    scribes: Grown,
    to_bare: bool,
    scale: f64,
    /// Whether each step upwards is ten times the last; else from nothing, evenly.
    tens: bool,
}

const fn panel(name: &'static str, what: Grown) -> Panel {
    Panel { name, what, scribes: what, to_bare: false, scale: 1.0, tens: true }
}

const MEBI: f64 = 1.0 / 1_048_576.0;

const PANELS: [Panel; 8] = [
    Panel { to_bare: true, tens: false, ..panel("Appends 1×1, ÷ bare appends", Grown::AppendAlone) },
    Panel { to_bare: true, tens: false, ..panel("Appends 64×1, ÷ bare appends", Grown::AppendTogether) },
    Panel { scale: 1e3, ..panel("Start until the head is told, ms", Grown::OpenWarm) },
    Panel {
        scale: 1e3,
        scribes: Grown::ViewsWarm,
        ..panel("Start until a view is there, ms (scribe: all six)", Grown::BoardWarm)
    },
    Panel { scale: MEBI, ..panel("Memory after the start, MiB", Grown::OpenMemory) },
    Panel {
        scale: MEBI,
        scribes: Grown::ViewsMemory,
        ..panel("Memory with a view, MiB (scribe: all six)", Grown::BoardMemory)
    },
    Panel { to_bare: true, ..panel("Typed replay, time ÷ bare serde_json", Grown::Replay) },
    Panel { tens: false, ..panel("Bytes on the disk an event", Grown::DiskAnEvent) },
];

/// growth.svg: what becomes of them as the record grows.
pub(super) fn growth(results: &Results) -> String {
    const HEIGHT: f64 = 210.0;
    let who: Vec<&Entry> = results.present().collect();
    let top = TOP + 36.0;
    let mut svg = Svg::new(WIDTH, top + PANELS.len().div_ceil(2) as f64 * HEIGHT + 10.0);
    title(&mut svg, "What becomes of it as the record grows", results);
    let mut x = MARGIN;
    for entry in &who {
        svg.bar((x, TOP - 6.0), 12.0, 12.0, colour(&entry.key), 1.0);
        let class = if entry.key == "scribe" { "strong" } else { "" };
        svg.text((x + 18.0, TOP + 4.0), Anchor::Start, class, &entry.name);
        x += 44.0 + entry.name.chars().count() as f64 * 6.6;
    }
    for (index, panel) in PANELS.iter().enumerate() {
        let left = MARGIN + (index % 2) as f64 * (PANEL + GAP);
        lines(&mut svg, (left, top + (index / 2) as f64 * HEIGHT), HEIGHT, panel, results, &who);
    }
    svg.finish("Appends, start, memory, replay and disk use of scribe and its peers as the record grows")
}

fn lines(
    svg: &mut Svg,
    (left, top): (f64, f64),
    height: f64,
    panel: &Panel,
    results: &Results,
    who: &[&Entry],
) {
    let sizes = figures::sizes(results);
    let figure = |entry: &Entry, size| {
        let what = if entry.key == "scribe" { panel.scribes } else { panel.what };
        let spread = if panel.to_bare {
            figures::grown_to_bare(results, &entry.key, size, what)
        } else {
            figures::grown(results, &entry.key, size, what)
        };
        spread.map(|spread| spread.median * panel.scale)
    };
    let all: Vec<f64> =
        who.iter().flat_map(|entry| sizes.iter().filter_map(|size| figure(entry, *size))).collect();
    svg.text((left, top + 12.0), Anchor::Start, "panel", panel.name);
    let (Some(first), Some(last)) = (sizes.first(), sizes.last()) else { return };
    if all.is_empty() {
        return;
    }
    let (zero, end) = (left + 44.0, left + PANEL - 10.0);
    let (ceiling, floor) = (top + 26.0, top + height - 34.0);
    let most = all.iter().copied().fold(0.0, f64::max);
    let least = all.iter().copied().filter(|figure| *figure > 0.0).fold(most, f64::min);
    let steps = if panel.tens { tens(least, most) } else { evenly(most) };
    let (low, high) = (steps[0], steps[steps.len() - 1]);
    let y = |figure: f64| {
        let part = if panel.tens { (figure.max(low) / low).ln() / (high / low).ln() } else { figure / high };
        floor - part * (floor - ceiling)
    };
    let across = (*last as f64 / *first as f64).ln().max(f64::EPSILON);
    let x = |size: u64| zero + 16.0 + (size as f64 / *first as f64).ln() / across * (end - zero - 36.0);
    for step in &steps {
        svg.line((zero, y(*step)), (end, y(*step)), "rule");
        svg.text((zero - 6.0, y(*step) + 4.0), Anchor::End, "soft", &tick(*step));
    }
    for size in &sizes {
        svg.text((x(*size), floor + 16.0), Anchor::Middle, "soft", &short(*size));
    }
    // scribe last, on top.
    for entry in who.iter().rev() {
        let points: Vec<(f64, f64)> =
            sizes.iter().filter_map(|size| Some((x(*size), y(figure(entry, *size)?)))).collect();
        let scribe = entry.key == "scribe";
        svg.path(&points, colour(&entry.key), scribe);
        for point in points {
            svg.dot(point, if scribe { 4.0 } else { 3.0 }, colour(&entry.key));
        }
    }
}

/// Powers of ten around some figures.
fn tens(least: f64, most: f64) -> Vec<f64> {
    let (low, high) = (least.log10().floor() as i32, most.log10().ceil() as i32);
    (low..=high.max(low + 1)).map(|power| 10_f64.powi(power)).collect()
}

/// Three to six round steps from nothing to some figure.
fn evenly(most: f64) -> Vec<f64> {
    let magnitude = 10_f64.powf(most.log10().floor());
    let step = [0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 5.0]
        .into_iter()
        .map(|part| part * magnitude)
        .find(|step| most / step <= 5.0)
        .unwrap_or(magnitude);
    (0..=(most / step).ceil() as i32).map(|times| f64::from(times) * step).collect()
}

fn tick(figure: f64) -> String {
    if figure >= 1_000.0 {
        count(figure)
    } else {
        // As short as it can be said: 0.5, not 0.500000.
        format!("{}", (figure * 1e4).round() / 1e4)
    }
}

fn short(size: u64) -> String {
    match size {
        size if size >= 1_000_000 => format!("{} M", size / 1_000_000),
        size if size >= 1_000 => format!("{} k", size / 1_000),
        size => size.to_string(),
    }
}

fn shown(figure: f64) -> String {
    match figure {
        figure if figure >= 100.0 => format!("{figure:.0}"),
        figure if figure >= 10.0 => format!("{figure:.1}"),
        figure => format!("{figure:.2}"),
    }
}

fn title(svg: &mut Svg, text: &str, results: &Results) {
    let about = &results.about;
    svg.text((MARGIN, 32.0), Anchor::Start, "title", text);
    let quick = if about.pace == "quick" { "QUICK RUN, MEANS LITTLE · " } else { "" };
    let machine = format!("{quick}{} · {} · {}", about.date, about.machine, about.system);
    let run = format!(
        "scribe at {} · medians of {} rounds by turns · events of {:.0} bytes",
        about.commit, about.rounds, about.event_bytes
    );
    svg.text((MARGIN, 52.0), Anchor::Start, "soft", &machine);
    svg.text((MARGIN, 67.0), Anchor::Start, "soft", &run);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_reach_around_the_figures() {
        assert_eq!(tens(0.3, 70.0), [0.1, 1.0, 10.0, 100.0]);
        assert_eq!(evenly(1.4), [0.0, 0.5, 1.0, 1.5]);
        for most in [0.03, 0.9, 3.1, 47.0, 812.0] {
            let steps = evenly(most);
            assert!(steps.len() <= 7 && steps[steps.len() - 1] >= most, "{most}: {steps:?}");
        }
    }
}
