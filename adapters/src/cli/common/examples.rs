//! An example of each command, for its help.

use clap::Command;
use clap::builder::StyledStr;

/// By the words that name the command.
const EXAMPLES: &[(&str, &str)] = &[
    ("declare", r#"scribe declare "Checkout is slow" --severity sev2"#),
    ("upgrade", r#"scribe upgrade @ public "Customers write in.""#),
    ("downgrade", r#"scribe downgrade @ engineering "No customer was hit.""#),
    ("severity", r#"scribe severity 1 "All checkouts fail.""#),
    ("phase", "scribe phase monitoring"),
    ("mitigate", r#"scribe mitigate "Twice as many connections." --occurred "10 min ago""#),
    ("resolve", r#"scribe resolve @ "Latency is back to normal.""#),
    ("reopen", r#"scribe reopen @ "It is slow again.""#),
    ("close", "scribe close checkout"),
    ("cancel", r#"scribe cancel checkout "A false alarm.""#),
    ("merge", r#"scribe merge payments checkout "The same cause.""#),
    ("relate", r#"scribe relate payments follows_from checkout "Its retries filled the queue.""#),
    ("role assign", r#"scribe role assign @ ic "Sam Rivera""#),
    ("role handoff", r#"scribe role handoff ic "Kim Berg""#),
    ("role correct", r#"scribe role correct @ last --to "Kim Berg" "Kim spoke, and Sam typed.""#),
    ("role leave", "scribe role leave @ comms"),
    ("page", r#"scribe page @ "Sam Rivera""#),
    ("acknowledge", "scribe acknowledge 1"),
    ("join", r#"scribe join @ --in "Database team""#),
    ("leave", "scribe leave @"),
    ("run", r#"scribe run @ --why "To free connections." -- kubectl rollout restart deploy/api"#),
    (
        "ran",
        r#"scribe ran @ --started 14:05 --ended 14:07 --exit 0 --unapproved "I was alone." -- "systemctl restart api""#,
    ),
    ("propose", r#"scribe propose @ --shell "kubectl get pods | grep api""#),
    ("approve", "scribe approve @ 1"),
    ("decline", r#"scribe decline @ 1 "Not during the sale.""#),
    ("withdraw", "scribe withdraw @ 1"),
    ("note", r#"scribe note "Connections are used up." -t 14:05"#),
    ("decide", r#"scribe decide @ "Roll back." --option "Wait" --why "It gets worse.""#),
    (
        "summarise",
        r#"scribe summarise @ "The pool is full; a rollback is under way." --plan "Watch for an hour.""#,
    ),
    ("hypothesis raise", r#"scribe hypothesis raise @ "The pool is full.""#),
    ("hypothesis settle", r#"scribe hypothesis settle @ 1 --verdict confirmed "It was full at 08:47.""#),
    ("update", r#"scribe update "We know why, and are on it." -a public -s identified -c Checkout=degraded"#),
    (
        "describe",
        r#"scribe describe @ "Some checkouts fail at the first try." --audience public --title "Failing checkouts""#,
    ),
    ("component rename", r#"scribe component rename @ "Search" "Catalogue search" --audience public"#),
    ("regroup", r#"scribe regroup @ "The database is fine; it is the pool." --plan "Roll back.""#),
    ("tell", r#"scribe tell @ page whom[team]=SRE why="The pool is full.""#),
    ("link", "scribe link @ channel https://chat.example/c/123"),
    ("alert fire", r#"scribe alert fire @ PoolFull --source prometheus "98 % of connections are used.""#),
    ("alert resolve", "scribe alert resolve @ PoolFull --source prometheus"),
    ("change", r#"scribe change @ "Deploy of 14:02" --kind deploy --relation suspected"#),
    (
        "attach",
        r#"scribe attach @ "Graph of the pool" --at https://files.example/pool.png --digest sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"#,
    ),
    ("gap start", r#"scribe gap start @ "No telemetry: the collector was down." --occurred 13:50"#),
    ("gap end", "scribe gap end @ 1 --occurred 14:20"),
    ("action assign", r#"scribe action assign @ "Look at the pool." --to Ada --check-back "30 min""#),
    ("action check-in", r#"scribe action check-in @ 1 "Half done." --check-back "15 min""#),
    ("action finish", r#"scribe action finish @ 1 "The pool was full.""#),
    ("follow-up agree", r#"scribe follow-up agree "Alert on pool usage." -o "Database team" -d 2026-12-01"#),
    ("follow-up finish", r#"scribe follow-up finish @ 1 "It pages at 80 %.""#),
    ("hold take", r#"scribe hold take @ --scope payments "No deploys until it is back.""#),
    ("hold release", "scribe hold release @ --scope payments"),
    ("hold check", "scribe hold check --scope payments"),
    (
        "workaround apply",
        r#"scribe workaround apply @ "Nudges are switched off." --to "Growth team" --check-back tomorrow"#,
    ),
    ("workaround revert", r#"scribe workaround revert @ 1 "They are on again.""#),
    ("impact start", r#"scribe impact start @ "Checkouts take 8 s." --component Checkout --occurred 13:50"#),
    ("impact end", "scribe impact end @ 1 --occurred 14:20"),
    ("cause", r#"scribe cause @ "The new release holds connections for too long.""#),
    ("milestone", "scribe milestone @ detected --occurred 13:58"),
    ("review assign", r#"scribe review assign checkout "Kim Berg" --due 2026-12-01"#),
    ("review write", r#"scribe review write checkout learned "Pools need alerts.""#),
    ("review publish", "scribe review publish checkout internal"),
    ("risk", r#"scribe risk checkout "The pool has no alert." --follow-up 1 --occurred 2026-08-01"#),
    ("correct", r#"scribe correct @ --last --occurred-at 14:05 --why "The clock was wrong.""#),
    ("retract", r#"scribe retract @ --last "It was another incident.""#),
    ("redact", r#"scribe redact --incident @ 4793cfe4 "It named a customer.""#),
    ("erase-person", r#"scribe erase-person "Erika Mustermann" --reason "They asked for it.""#),
    ("nudge", r#"scribe nudge @ "Kim Berg" "The internal page is two hours old.""#),
    ("access limit", r#"scribe access limit @ --to "Ada King" --to "Kim Berg" --why "A customer's data.""#),
    ("access open", "scribe access open @"),
    (
        "token create",
        r#"scribe token create "Ada's laptop" --for "Ada King" --scope read,respond,approve --expires 90d"#,
    ),
    ("token list", "scribe token list"),
    ("token revoke", r#"scribe token revoke 0f3a91bc22d4 "The laptop was stolen.""#),
    ("token rotate", "scribe token rotate 0f3a91bc22d4"),
    ("session list", "scribe session list --as-of yesterday"),
    ("session end", r#"scribe session end 7f7361f4a779 "The phone was lost.""#),
    ("person add", r#"scribe person add "Ada Okafor" --since 2024-03-01 --team payments"#),
    ("person list", "scribe person list --as-of yesterday"),
    ("person show", r#"scribe person show "Ada Okafor""#),
    ("person rename", r#"scribe person rename "Ada Okafor" "Ada King" --since 2026-11-01"#),
    ("person link", r#"scribe person link "Ada King" slack:U0123ABC --since 2024-03-01"#),
    (
        "person unlink",
        r#"scribe person unlink "Ada King" slack:U0123ABC --never --why "It is a namesake's.""#,
    ),
    ("person team", r#"scribe person team "Ada King" payments "on call""#),
    ("person left", r#"scribe person left "Kim Berg" --at 2026-12-31"#),
    ("person merge", r#"scribe person merge "Ada Kng" "Ada King" "A slip.""#),
    ("person part", r#"scribe person part "Ada Kng" "There is one.""#),
    ("login", "scribe login --server http://127.0.0.1:7474"),
    ("logout", "scribe logout --server http://127.0.0.1:7474"),
    ("whoami", "scribe whoami"),
    ("status", "scribe status"),
    ("list", "scribe list --state all"),
    ("show", "scribe show @"),
    ("timeline", "scribe timeline @ --kind runs --ids"),
    ("status-page", "scribe status-page --audience public"),
    ("postmortem", "scribe postmortem checkout --format html"),
    ("roles", "scribe roles @"),
    ("actions", "scribe actions @"),
    ("audit runs", "scribe audit runs --since yesterday --unapproved"),
    ("audit acts", "scribe audit acts"),
    ("audit reads", "scribe audit reads"),
    ("audit settings", "scribe audit settings --as-of yesterday"),
    ("audit replay", "scribe audit replay"),
    ("audit verify", "scribe audit verify"),
    ("audit checkpoint", "scribe audit checkpoint --save today.checkpoint"),
    ("audit stamp", "scribe audit stamp --tsa https://tsa.example.com --tsa-ca tsa-root.pem"),
    ("audit key", "scribe audit key"),
    ("audit rotate-key", "scribe audit rotate-key"),
    ("audit prove", "scribe audit prove 4793cfe4-2645-514c-86e7-0cb2ac63ee27"),
    (
        "audit consistency",
        "scribe audit consistency old.checkpoint new.checkpoint --key scribe/9af2c37b+3bc66430+AZytmR0ZHx4d9paR1Mq7dvkiaq/H4Pz1ninIOIOT9oIt",
    ),
    ("events", "scribe events @ --kind noted"),
    ("receipt", "scribe receipt deploy-42"),
    ("clock", "scribe clock"),
    (
        "clock settle",
        r#"scribe clock settle --wrong 7..9 --reason "That laptop was a year ahead." --dry-run"#,
    ),
    ("watch", "scribe watch @"),
    ("import events", "scribe import events history.jsonl --dry-run"),
    ("import record", "scribe import record ./scribe-data --dry-run"),
    ("export", "scribe export"),
    ("backup", "scribe backup friday.sqlite"),
    ("restore", "scribe restore friday.sqlite"),
    ("copy", "scribe copy --from ./scribe-data --to esdb://127.0.0.1:2113"),
    ("views", "scribe views"),
    ("views rebuild", "scribe views rebuild runs"),
    ("outbox list", "scribe outbox list"),
    ("outbox send", "scribe outbox send"),
    ("outbox drop", "scribe outbox drop 1"),
    ("serve", "scribe serve --listen 127.0.0.1:7474"),
    ("demo", "scribe demo --quiet"),
    ("completions", "scribe completions bash"),
    ("man", "scribe man ./man"),
    ("help", "scribe help times"),
];

/// The example of a command; none of one that only has commands below it.
pub fn of(name: &str) -> Option<&'static str> {
    EXAMPLES.iter().find(|(known, _)| *known == name).map(|(_, example)| *example)
}

/// The command with its example below its help, and so for those below it.
pub fn with_examples(mut command: Command, name: &str) -> Command {
    let below: Vec<String> = command.get_subcommands().map(|sub| sub.get_name().to_owned()).collect();
    for sub in below {
        let whole = format!("{name} {sub}");
        command = command.mut_subcommand(sub, |command| with_examples(command, &whole));
    }
    let Some(example) = of(name) else { return command };
    let shown = |more: Option<&StyledStr>| match more {
        Some(more) => format!("Example:\n  {example}\n\n{more}"),
        None => format!("Example:\n  {example}"),
    };
    let (short, long) =
        (shown(command.get_after_help()), command.get_after_long_help().map(|more| shown(Some(more))));
    let command = command.after_help(short);
    long.into_iter().fold(command, Command::after_long_help)
}
