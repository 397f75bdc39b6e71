use super::*;

#[test]
fn metrics_of_ones_own_are_told_between_any_two_points() {
    use metrics::{MetricDefinition, MetricDefinitions};
    let own = |name: Option<&str>, from: &str, to: &str| {
        let name = name.map(|name| name.parse().unwrap());
        MetricDefinition::new(name, from.parse().unwrap(), to.parse().unwrap()).unwrap()
    };
    let definitions = MetricDefinitions::of(
        false,
        vec![
            own(Some("Time to tell"), "declared", "first public update"),
            own(None, "first page", "custom:data_restored"),
            own(None, "closed", "review published"),
        ],
    )
    .unwrap();
    let restored = MilestoneSet { milestone: "custom:data_restored".parse().unwrap(), note: None };
    let history = History::declared("x")
        .at("2023-01-04T18:20Z")
        .event(update(Tier::Public, Phase::Investigating, "We look into it."))
        .at("2023-01-04T18:25Z")
        .event(update(Tier::Public, Phase::Monitoring, "It is better."))
        .at("unknown")
        .event(Paged { page: 1, whom: PageTarget::Person("Kim".parse().unwrap()), why: None })
        .at("2023-01-04T20:00Z")
        .event(restored);
    let asked_at = moment("2023-02-01T00:00Z");
    let view = Postmortem::of(&history.events, &AsOf::NOW, Edition::Internal, &definitions, asked_at);
    let Postmortem::Internal(edition) = &view else { panic!("asked for the internal edition") };
    assert_eq!(metric(edition, "Time to tell"), Some(15 * 60), "by the first of them");
    assert_eq!(edition.metrics.len(), 3, "and no usual ones");
    let style = Style { width: 200, ..Style::default() };
    let read = view.document(&style).text(&style);
    for told in [
        "Time to tell                        15 min",
        "declaration to first public update",
        "first page to data restored         not known, as not both times are",
        "Not recorded: closing to publication of the review.",
        "data restored   20:00, milestone",
    ] {
        assert!(read.contains(told), "{told}\n{read}");
    }
}

#[test]
fn a_milestone_that_differs_is_told_beside_what_users_felt() {
    let of_it = |history: &History| {
        let told = now(history).composed;
        let line = told.iter().find(|statement| statement.text.contains("no longer hit"));
        line.expect("it is said").text.clone()
    };
    let set = |milestone| MilestoneSet { milestone, note: None };
    let mitigated = History::declared("x").at("2023-01-04T18:30Z").event(Mitigated { how: None });
    assert_eq!(of_it(&mitigated), "Users were no longer hit from 2023-01-04 18:30.");
    let differs = mitigated.clone().at("2023-01-04T18:20Z").event(set(Milestone::Mitigated));
    assert_eq!(
        of_it(&differs),
        "Users were no longer hit from 2023-01-04 18:30; a milestone tells that it was at 2023-01-04 18:20."
    );
    let alone = History::declared("x").at("2023-01-04T18:20Z").event(set(Milestone::Mitigated));
    assert_eq!(of_it(&alone), "A milestone tells that users were no longer hit from 2023-01-04 18:20.");
    let resolved = mitigated.event(Resolved { summary: None });
    let reopened = resolved.event(Reopened { why: text("it is back") });
    let after = "That users were no longer hit after it was reopened is not recorded.";
    assert_eq!(of_it(&reopened), after);
}

#[test]
fn what_is_over_by_a_milestone_or_closed_unresolved_is_said_once() {
    let set = MilestoneSet { milestone: Milestone::Resolved, note: None };
    let read = page(&now(&History::declared("x").at("2023-01-04T18:20Z").event(set)));
    assert!(read.contains("Over        13:20, as a milestone tells"), "{read}");
    assert!(!read.contains("No end is recorded."), "{read}");
    let closed = History::declared("x").at("2023-01-04T18:40Z").event(Closed { summary: None });
    let read = page(&now(&closed));
    assert!(read.contains("Bob Long closed it at 13:40."), "{read}");
    assert!(!read.contains("resolved it"), "{read}");
    assert_eq!(metric(&now(&closed), "declaration to resolution"), Some(35 * 60));
}

#[test]
fn what_is_erased_is_told_as_erased_and_not_as_missing() {
    let erase = |history: History| {
        let target = history.last();
        let by = "Ada".parse().unwrap();
        history.event(Redacted { target, by, why: text("a password"), remains: None })
    };
    let cause = erase(History::declared("x").event(CauseNamed { text: text("secret"), cites: Vec::new() }));
    let read = page(&now(&cause));
    assert!(!read.contains("The cause is not recorded.") && !read.contains("secret"), "{read}");
    let command = page(&now(&erase(History::declared("x").event(assigned(IC, "Ada")))));
    assert!(command.contains("Command was taken by Ada"), "{command}");
    let drill = Declared { drill: true, ..declared("secret") };
    let drill = page(&now(&erase(History::new().event(drill))));
    assert!(drill.contains("This was a drill") && !drill.contains("secret"), "{drill}");
}

#[test]
fn an_end_before_its_beginning_has_no_length_in_public_either() {
    let began = ImpactStarted { impact: 1, text: text("slow"), components: Vec::new(), who: None };
    let history = History::new()
        .event(Declared { tier: Tier::Public, ..declared("x") })
        .at("2023-01-04T18:10Z")
        .event(began)
        .at("2023-01-04T17:00Z")
        .event(ImpactEnded { impact: 1, text: None });
    let read = page(&public(&history));
    assert!(read.contains("From 13:10; its end was told as 12:00, which was before that."), "{read}");
    let read = page(&now(&history));
    assert!(read.contains("users were hit from 13:10; an end was told as before its"), "{read}");
}

#[test]
fn what_was_erased_leaves_its_gap_also_when_it_is_taken_back() {
    let written = |words: &str| ReviewSectionWritten {
        section: ReviewSection::Learned,
        text: text(words),
        cites: Vec::new(),
        public: true,
    };
    let answered = |history: &History| {
        let edition = now(history);
        let answer =
            edition.review.into_iter().find(|answer| answer.section == ReviewSection::Learned).unwrap();
        (answer.text.map(|text| text.to_string()), answer.erased)
    };
    let history = History::declared("x").event(written("older")).event(written("secret"));
    let target = history.last();
    let taken_back = history.clone().event(Retracted { target, why: text("wrong") });
    assert_eq!(answered(&taken_back), (Some("older".to_owned()), false));
    let by = "Ada".parse().unwrap();
    let erased = history.event(Redacted { target, by, why: text("a name"), remains: None });
    assert_eq!(answered(&erased.event(Retracted { target, why: text("wrong") })), (None, true));
}
