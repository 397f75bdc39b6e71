//! The directory of people: who is who, and telling it.

use axum::Json;
use axum::response::Response;
use axum::routing::{get, post};
use scribe_domain::account::Account;
use scribe_domain::actor::Person;
use scribe_domain::refusal::{Reason, Refusal};
use scribe_domain::scope::Scope;
use scribe_domain::system::people::PersonAdded;
use scribe_domain::text::{Label, Text};
use scribe_domain::when::When;
use scribe_projections::people::{PeopleList, PersonView};
use scribe_projections::question::AsOf;
use serde::Deserialize;

use super::tokens::speaker;
use crate::app::gate::people::{Audited, Kept, Names, PersonAct, TellOfPerson, Until, WhoIs, WhoIsWho};
use crate::http::answer::{Look, look_params, positioned};
use crate::http::operation::Operation;
use crate::http::problem::Problem;
use crate::http::query::{Address, Query};
use crate::http::spec::{Answer, Body, Param, Spec, VIEW, schema_of};
use crate::http::state::Api;
use crate::http::wire::body::Payload;
use crate::http::wire::json;
use crate::http::wire::submission::ActorFields;

const PERSON: Param<Person> = Param::parsed("person", "A name of the person: present, former or merged.");

/// Somebody new.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct ToAdd {
    /// Who tells it; whose token is shown, unless told.
    #[serde(default)]
    actor: Option<ActorFields>,
    /// Their name.
    name: Person,
    /// Since when they are with the company, if that is known.
    #[serde(default)]
    since: Option<When>,
    /// The teams that they are in.
    #[serde(default)]
    teams: Vec<Label>,
}

/// Another name.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct ToRename {
    /// Who tells it; whose token is shown, unless told.
    #[serde(default)]
    actor: Option<ActorFields>,
    /// The new name.
    to: Person,
    /// Since when they go by it; since now, unless told.
    #[serde(default)]
    since: Option<When>,
    /// Why.
    #[serde(default)]
    why: Option<Text>,
}

/// An account that is theirs.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct ToLink {
    /// Who tells it; whose token is shown, unless told.
    #[serde(default)]
    actor: Option<ActorFields>,
    /// The account.
    account: Account,
    /// Since when it is theirs; since now, unless told.
    #[serde(default)]
    since: Option<When>,
    /// Until when, if it is over.
    #[serde(default)]
    until: Option<When>,
}

/// An account that is theirs no longer, or never was.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct ToUnlink {
    /// Who tells it; whose token is shown, unless told.
    #[serde(default)]
    actor: Option<ActorFields>,
    /// The account.
    account: Account,
    /// Until when it was theirs; until now, unless told.
    #[serde(default)]
    until: Option<When>,
    /// Whether it never was theirs.
    #[serde(default)]
    never: bool,
    /// Why.
    #[serde(default)]
    why: Option<Text>,
}

/// All of their teams.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct ToChangeTeams {
    /// Who tells it; whose token is shown, unless told.
    #[serde(default)]
    actor: Option<ActorFields>,
    /// The teams; none, if they are in none.
    teams: Vec<Label>,
    /// Since when; since now, unless told.
    #[serde(default)]
    since: Option<When>,
}

/// Since when they are with the company, and when they left; what is not told stays as it is.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct ToEmploy {
    /// Who tells it; whose token is shown, unless told.
    #[serde(default)]
    actor: Option<ActorFields>,
    /// Since when.
    #[serde(default)]
    since: Option<When>,
    /// When they left, or are to.
    #[serde(default)]
    left: Option<When>,
    /// Whether they have not left after all.
    #[serde(default)]
    stays: bool,
}

/// Whose name it is.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct ToMerge {
    /// Who tells it; whose token is shown, unless told.
    #[serde(default)]
    actor: Option<ActorFields>,
    /// Who it is.
    into: Person,
    /// Why.
    #[serde(default)]
    why: Option<Text>,
}

/// That a name is somebody else's after all.
#[derive(Deserialize, schemars::JsonSchema)]
#[serde(deny_unknown_fields)]
struct ToPart {
    /// Who tells it; whose token is shown, unless told.
    #[serde(default)]
    actor: Option<ActorFields>,
    /// Why.
    #[serde(default)]
    why: Option<Text>,
}

/// The person as they stand afterwards.
#[derive(serde::Serialize, schemars::JsonSchema)]
struct Known {
    /// They; nobody, where the name means nobody any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    person: Option<PersonView>,
}

/// What it takes to look at the directory: accounts are shown only to those who audit or keep it.
const LOOKING: &[Scope] = &[Scope::Read, Scope::Audit, Scope::Admin];

pub(super) fn operations() -> Vec<Operation> {
    let look = |path: &str, id: &str| Spec::get(path, id, "people").queries(look_params());
    let tell = |word: &str, id: &str| {
        Spec::post(format!("/v1/people/{{person}}/{word}"), id, "people")
            .part(&PERSON)
            .answers(Answer::json::<Known>("The person, as they stand then."))
    };
    vec![
        look("/v1/people", "people")
            .about("Who is who: names, teams, and accounts for those who may see them.")
            .answers(Answer::view::<PeopleList>(VIEW))
            .by(LOOKING, get(people)),
        look("/v1/people/{person}", "person")
            .about("One person of the directory, by any name that they had.")
            .part(&PERSON)
            .answers(Answer::view::<PersonView>(VIEW))
            .by(LOOKING, get(person)),
        Spec::post("/v1/people", "add-person", "people")
            .about("Adds somebody to the directory.")
            .body(Body::Json(schema_of::<ToAdd>))
            .answers(Answer::json::<Known>("The person, as they stand then."))
            .by(&[Scope::Admin], post(add)),
        tell("rename", "rename-person")
            .about("Records that somebody goes by another name; the old one still means them.")
            .body(Body::Json(schema_of::<ToRename>))
            .by(&[Scope::Admin], post(rename)),
        tell("link", "link-account")
            .about("Records that an account is somebody's. Told again, it puts right since when.")
            .body(Body::Json(schema_of::<ToLink>))
            .by(&[Scope::Admin], post(link)),
        tell("unlink", "unlink-account")
            .about("Records that an account is somebody's no longer, or never was.")
            .body(Body::Json(schema_of::<ToUnlink>))
            .by(&[Scope::Admin], post(unlink)),
        tell("teams", "change-teams")
            .about("Records in which teams somebody is.")
            .body(Body::Json(schema_of::<ToChangeTeams>))
            .by(&[Scope::Admin], post(teams)),
        tell("employment", "tell-employment")
            .about("Records since when somebody is with the company, and when they left.")
            .body(Body::Json(schema_of::<ToEmploy>))
            .by(&[Scope::Admin], post(employment)),
        tell("merge", "merge-person")
            .about("Records that a name is a misspelt one of somebody, or that they were entered twice.")
            .body(Body::Json(schema_of::<ToMerge>))
            .by(&[Scope::Admin], post(merge)),
        tell("part", "part-person")
            .about("Takes a merge back: the name is somebody else's after all.")
            .body(Body::Json(schema_of::<ToPart>))
            .by(&[Scope::Admin], post(part)),
    ]
}

async fn people(api: Api, asked: Look, _: Query) -> Result<Response, Problem> {
    let may = |scope| api.caller().rights.must_have(&[scope]).is_ok();
    let (list, position) = if may(Scope::Admin) {
        api.ask(WhoIsWho::<Kept>::at(asked.as_of)).await?
    } else if may(Scope::Audit) {
        api.ask(WhoIsWho::<Audited>::at(asked.as_of)).await?
    } else {
        api.ask(WhoIsWho::<Names>::at(asked.as_of)).await?
    };
    Ok(positioned(asked.show(&list), position))
}

async fn person(api: Api, asked: Look, address: Address, _: Query) -> Result<Response, Problem> {
    let name = address.get(&PERSON)?;
    let may = |scope| api.caller().rights.must_have(&[scope]).is_ok();
    let (view, position) = if may(Scope::Admin) {
        api.ask(WhoIs::<Kept>::at(name.clone(), asked.as_of)).await?
    } else if may(Scope::Audit) {
        api.ask(WhoIs::<Audited>::at(name.clone(), asked.as_of)).await?
    } else {
        api.ask(WhoIs::<Names>::at(name.clone(), asked.as_of)).await?
    };
    let view = view.ok_or_else(|| {
        let then = if asked.as_of == AsOf::NOW { "" } else { " by then" };
        Problem::Refused(Refusal::new(
            Reason::UnknownPerson,
            format!("nobody called {name} is in the directory{then}"),
            "who is in it stands in GET /v1/people and `scribe person list`",
        ))
    })?;
    Ok(positioned(asked.show(&view), position))
}

async fn add(api: Api, _: Query, Payload(body): Payload) -> Result<Json<Known>, Problem> {
    let ToAdd { actor, name, since, teams } = json::object(&body)?;
    let act = PersonAct::Add(PersonAdded { person: name.clone(), since, teams });
    tell(&api, actor, act, name).await
}

async fn rename(
    api: Api,
    address: Address,
    _: Query,
    Payload(body): Payload,
) -> Result<Json<Known>, Problem> {
    let (person, ToRename { actor, to, since, why }) = (address.get(&PERSON)?, json::object(&body)?);
    let shown = to.clone();
    tell(&api, actor, PersonAct::Rename { person, to, since, why }, shown).await
}

async fn link(api: Api, address: Address, _: Query, Payload(body): Payload) -> Result<Json<Known>, Problem> {
    let (person, ToLink { actor, account, since, until }) = (address.get(&PERSON)?, json::object(&body)?);
    let shown = person.clone();
    tell(&api, actor, PersonAct::Link { person, account, since, until }, shown).await
}

async fn unlink(
    api: Api,
    address: Address,
    _: Query,
    Payload(body): Payload,
) -> Result<Json<Known>, Problem> {
    let person: Person = address.get(&PERSON)?;
    let ToUnlink { actor, account, until, never, why } = json::object(&body)?;
    let until = match (until, never) {
        (Some(_), true) => return Err(Problem::field("until", "is not said of what never was")),
        (Some(then), false) => Until::Then(then),
        (None, true) => Until::Never,
        (None, false) => Until::Now,
    };
    let shown = person.clone();
    tell(&api, actor, PersonAct::Unlink { person, account, until, why }, shown).await
}

async fn teams(api: Api, address: Address, _: Query, Payload(body): Payload) -> Result<Json<Known>, Problem> {
    let (person, ToChangeTeams { actor, teams, since }) = (address.get(&PERSON)?, json::object(&body)?);
    let shown = person.clone();
    tell(&api, actor, PersonAct::Teams { person, teams, since }, shown).await
}

async fn employment(
    api: Api,
    address: Address,
    _: Query,
    Payload(body): Payload,
) -> Result<Json<Known>, Problem> {
    let (person, ToEmploy { actor, since, left, stays }) = (address.get(&PERSON)?, json::object(&body)?);
    let shown = person.clone();
    tell(&api, actor, PersonAct::Employment { person, since, left, stays }, shown).await
}

async fn merge(api: Api, address: Address, _: Query, Payload(body): Payload) -> Result<Json<Known>, Problem> {
    let (person, ToMerge { actor, into, why }) = (address.get(&PERSON)?, json::object(&body)?);
    let shown = into.clone();
    tell(&api, actor, PersonAct::Merge { person, into, why }, shown).await
}

async fn part(api: Api, address: Address, _: Query, Payload(body): Payload) -> Result<Json<Known>, Problem> {
    let (person, ToPart { actor, why }) = (address.get(&PERSON)?, json::object(&body)?);
    let shown = person.clone();
    tell(&api, actor, PersonAct::Part { person, why }, shown).await
}

/// Has it told, and answers how the person stands then.
async fn tell(
    api: &Api,
    actor: Option<ActorFields>,
    act: PersonAct,
    shown: Person,
) -> Result<Json<Known>, Problem> {
    let actor = speaker(api, actor)?;
    api.tell(TellOfPerson { actor, act }).await?;
    let (person, _) = api.ask(WhoIs::<Kept>::at(shown, AsOf::NOW)).await?;
    Ok(Json(Known { person }))
}
