//! What programs that write clients stumble over, said in a plainer way that means the same.

use serde_json::{Map, Value, json};

/// Makes these schemas plainer.
pub(super) fn make_plainer(schemas: &mut Map<String, Value>) {
    schemas.values_mut().for_each(list_words);
    name_inner_objects(schemas);
}

/// A choice of words is one list of them, with what each means in its description; and so are the words among other
/// choices.
fn list_words(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(list_words),
        Value::Object(members) => {
            members.values_mut().for_each(list_words);
            let Some(choices) = members.get("oneOf").and_then(Value::as_array) else { return };
            let listed: Vec<_> = choices.iter().filter_map(words).flatten().collect();
            let mut others: Vec<Value> =
                choices.iter().filter(|choice| words(choice).is_none()).cloned().collect();
            if listed.is_empty() {
                return;
            }
            let about = members.get("description").and_then(Value::as_str).map(str::to_owned);
            let meant =
                listed.iter().filter_map(|(word, about)| Some(format!("`{word}`: {}", about.as_ref()?)));
            let about: Vec<String> = about.filter(|_| others.is_empty()).into_iter().chain(meant).collect();
            let list: Vec<&str> = listed.iter().map(|(word, _)| word.as_str()).collect();
            let list = json!({ "type": "string", "enum": list, "description": about.join("\n\n") });
            if others.is_empty() {
                *schema = list;
            } else {
                others.insert(0, list);
                members.insert("oneOf".into(), others.into());
            }
        }
        _ => {}
    }
}

/// The words of a choice and what they mean; `None` if it is something else.
fn words(choice: &Value) -> Option<Vec<(String, Option<String>)>> {
    let about = choice.get("description").and_then(Value::as_str).map(str::to_owned);
    if let Some(word) = choice.get("const") {
        return Some(vec![(word.as_str()?.to_owned(), about)]);
    }
    let list = choice.get("enum")?.as_array()?;
    list.iter().map(|word| Some((word.as_str()?.to_owned(), about.clone()))).collect()
}

/// Objects within a choice get names of their own: `Standing.approved`. A program makes a type of each, and the
/// names that it makes up itself may clash.
fn name_inner_objects(schemas: &mut Map<String, Value>) {
    let mut named = Map::new();
    for (name, schema) in schemas.iter_mut() {
        let choices = schema.get_mut("oneOf").and_then(Value::as_array_mut);
        for choice in choices.into_iter().flatten() {
            let fields = choice.get_mut("properties").and_then(Value::as_object_mut);
            for (field, inner) in fields.into_iter().flatten() {
                if inner.get("properties").is_some() {
                    let name = format!("{name}.{field}");
                    let reference = json!({ "$ref": format!("#/components/schemas/{name}") });
                    named.insert(name, std::mem::replace(inner, reference));
                }
            }
        }
    }
    schemas.extend(named);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_a_list_and_inner_objects_have_names() {
        let mut schemas = Map::from_iter([
            (
                "Tier".to_owned(),
                json!({ "description": "Whom.", "oneOf": [
                    { "const": "public", "type": "string", "description": "Everybody." },
                    { "enum": ["a", "b"], "type": "string" }
                ] }),
            ),
            (
                "Standing".to_owned(),
                json!({ "oneOf": [
                    { "type": "object", "properties": { "approved": { "type": "object", "properties": {} } } },
                    { "const": "none", "type": "string" }
                ] }),
            ),
        ]);
        make_plainer(&mut schemas);
        assert_eq!(
            schemas["Tier"],
            json!({ "type": "string", "enum": ["public", "a", "b"], "description": "Whom.\n\n`public`: Everybody." })
        );
        let standing = &schemas["Standing"]["oneOf"];
        assert_eq!(
            standing[1]["properties"]["approved"],
            json!({ "$ref": "#/components/schemas/Standing.approved" })
        );
        assert_eq!(standing[0]["enum"], json!(["none"]));
        assert_eq!(schemas["Standing.approved"], json!({ "type": "object", "properties": {} }));
    }
}
