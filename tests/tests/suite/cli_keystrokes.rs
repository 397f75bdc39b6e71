//! What a night costs in keystrokes, from the declaration to the review: the course of a public incident (an image
//! registry refuses a platform's logins, January 2023; `histories/moj-2023-01-11-cluster-image-pull` of the fixtures), in
//! words and with names of our own. It is typed twice through the real program: as briefly as it can be, and as briefly
//! as it could be before anything of an incident's id, an option or a command might be left out. Both must come to the
//! same record.

use scribe_tests::program::Program;
use serde_json::Value;

/// What is typed beside the texts (which are 1,223 letters), at most. A change that raises it makes every night longer;
/// before it was 2,402 beside 1,243 of texts.
const AT_MOST: usize = 712;

/// As it is typed now.
const NOW: &str = "
export SCRIBE_AS='Ada Okafor' SCRIBE_ZONE=UTC
scribe decla 'Clusters cannot pull images' 'The registry refuses our logins.' -s2
scribe impa st 'Pods that need a new image do not start.' -c 'Image pulls' -t14:22
scribe no 'The registry says: too many failed logins.' -t14:22
scribe no 'The passwords of the clusters are the ones in the vault.' -t14:34
scribe ch 'The password of the build servers' -kc -t14:40
scribe hy r 'Somebody changed the password at the registry.' -t14:51
scribe hy s 1 -vc 'It was part of clearing the old vault.' -t14:52
scribe ch 'The password of the clusters' -kc -t14:56
scribe no 'Its plan would replace every node.' -t15:01
scribe deci 'Try it on one cluster first.' -t15:02
scribe role a ic
scribe upg i
scribe upd -ai -sid 'Images cannot be pulled from the registry. We know why, and are on it.'
scribe lin mee 'https://meet.example/registry'
scribe no 'It does replace every node, on all clusters.'
scribe deci 'Put the old password back, and change it at night.'
scribe ch 'The old password, back at the registry' -kc -rf
scribe no 'The team that wrote to us can deploy again.'
scribe mit 'The old password is back.'
scribe reso 'Images are pulled again.'
scribe no 'One cluster still has the new password; nobody is hit.'
scribe upd -ai 'Images are pulled again. The password will be changed at night, without a pause.'
scribe rev a -d2023-01-18
scribe rev w wh 'A shared password was changed, and nobody knew who uses it.'
scribe rev w went_w 'The cause was known within half an hour.'
scribe rev w went_b 'It was declared an hour after it was noticed.'
scribe rev w le 'A password that is shared has to have a list of its users.'
scribe rev w pr 'Each user has a token of its own.'
scribe fo a 'A token of our own at the registry.' -o 'Platform team' -d2023-01-31
scribe fo a 'A page when nodes cannot pull images.' -o 'Kim Berg' -d2023-02-15
scribe fo f 1 'It is in use.'
scribe rev p i
scribe clo
";

/// As it was typed before; `ID` stands for the incident's id, whole in every line.
const BEFORE: &str = "
export SCRIBE_AS='Ada Okafor' SCRIBE_ZONE=UTC
scribe declare 'Clusters cannot pull images' --summary 'The registry refuses our logins.' --severity sev2
scribe impact start ID 'Pods that need a new image do not start.' --component 'Image pulls' --occurred 14:22
scribe note ID 'The registry says: too many failed logins.' --occurred 14:22
scribe note ID 'The passwords of the clusters are the ones in the vault.' --occurred 14:34
scribe change ID 'The password of the build servers' --kind config --occurred 14:40
scribe hypothesis raise ID 'Somebody changed the password at the registry.' --occurred 14:51
scribe hypothesis settle ID 1 --verdict confirmed 'It was part of clearing the old vault.' --occurred 14:52
scribe change ID 'The password of the clusters' --kind config --occurred 14:56
scribe note ID 'Its plan would replace every node.' --occurred 15:01
scribe decide ID 'Try it on one cluster first.' --occurred 15:02
scribe role assign ID ic 'Ada Okafor'
scribe upgrade ID internal
scribe update ID --audience internal --status identified 'Images cannot be pulled from the registry. We know why, and are on it.'
scribe link ID meeting 'https://meet.example/registry'
scribe note ID 'It does replace every node, on all clusters.'
scribe decide ID 'Put the old password back, and change it at night.'
scribe change ID 'The old password, back at the registry' --kind config --relation fix
scribe note ID 'The team that wrote to us can deploy again.'
scribe mitigate ID --how 'The old password is back.'
scribe resolve ID --summary 'Images are pulled again.'
scribe note ID 'One cluster still has the new password; nobody is hit.'
scribe update ID --audience internal --status resolved 'Images are pulled again. The password will be changed at night, without a pause.'
scribe review assign ID 'Ada Okafor' --due 2023-01-18
scribe review write ID what_happened 'A shared password was changed, and nobody knew who uses it.'
scribe review write ID went_well 'The cause was known within half an hour.'
scribe review write ID went_badly 'It was declared an hour after it was noticed.'
scribe review write ID learned 'A password that is shared has to have a list of its users.'
scribe review write ID prevent 'Each user has a token of its own.'
scribe follow-up agree ID 'A token of our own at the registry.' --owner 'Platform team' --due 2023-01-31
scribe follow-up agree ID 'A page when nodes cannot pull images.' --owner 'Kim Berg' --due 2023-02-15
scribe follow-up finish ID 1 --outcome 'It is in use.'
scribe review publish ID internal
scribe close ID
";

/// What is typed: the texts (whatever stands between quotes), and all the rest with the end of each line.
fn keystrokes(script: &str) -> (usize, usize) {
    let (mut texts, mut rest, mut is_text) = (0, 0, false);
    for letter in script.trim_start().chars() {
        match letter {
            '\'' => (is_text, rest) = (!is_text, rest + 1),
            _ if is_text => texts += 1,
            _ => rest += 1,
        }
    }
    (texts, rest)
}

/// The words of a line, as a shell has them that knows no other quotes.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut is_text) = (vec![String::new()], false);
    for letter in line.chars() {
        match letter {
            '\'' => is_text = !is_text,
            ' ' if !is_text => words.push(String::new()),
            _ => words.last_mut().expect("a word has begun").push(letter),
        }
    }
    words
}

/// Types a script into an empty record: what it came to, each event as kind and fields, and the script as it was typed.
fn typed(script: &str) -> (Vec<(String, Value)>, String) {
    let program = Program::new();
    let mut settings: Vec<(String, String)> = Vec::new();
    let mut script = script.trim_start().to_owned();
    for number in 0..script.lines().count() {
        let line = script.lines().nth(number).expect("a line");
        let words = words(line);
        if words[0] == "export" {
            let pair =
                |word: &String| word.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()));
            settings.extend(words[1..].iter().filter_map(pair));
            continue;
        }
        assert_eq!(words[0], "scribe");
        let output =
            program.command().envs(settings.clone()).args(&words[1..]).output().expect("the program runs");
        let [told, errors] =
            [output.stdout, output.stderr].map(|said| String::from_utf8(said).expect("it speaks UTF-8"));
        assert!(output.status.success(), "{line}: {told}{errors}");
        if words[1].starts_with("decla") {
            script = script.replace(" ID", &format!(" {}", told.split(' ').next().expect("an id")));
        }
    }
    let events = program.events().into_iter();
    let told = events.map(|event| (event["kind"].to_string(), event["fields"].clone()));
    (told.collect(), script)
}

#[test]
fn a_night_takes_at_most_half_of_the_keystrokes_that_it_took() {
    let (now, short) = typed(NOW);
    let (before, long) = typed(BEFORE);
    assert_eq!(now.len(), 33, "{now:#?}");
    assert_eq!(now, before, "both say the same");
    let ((texts, now), (same_texts, before)) = (keystrokes(&short), keystrokes(&long));
    let figures = format!("{now} keystrokes beside {texts} of texts; before {before} beside {same_texts}");
    assert!(now <= AT_MOST, "{figures}");
    assert!(now * 2 <= before, "{figures}");
}
