// What a program in TypeScript may say, checked by the compiler alone.
import type { components, paths } from "./scribe";

type Said<Path extends keyof paths> = paths[Path] extends { post: { requestBody: { content: { "application/json": infer Body } } } } ? Body : never;
type Look<Path extends keyof paths> = paths[Path] extends { get: { responses: { 200: { content: { "application/json": infer View } } } } } ? View : never;

export const declared: Said<"/v1/incidents"> = { title: "List import problems", actor: "Zac Bentley", tier: "internal" };
// Whose token is shown, need not be told.
export const known: Said<"/v1/incidents"> = { title: "List import problems" };
// @ts-expect-error: it is called something.
export const nameless: Said<"/v1/incidents"> = { actor: "Zac Bentley" };
// @ts-expect-error: there are five severities.
export const worse: Said<"/v1/incidents"> = { title: "x", actor: "Zac Bentley", severity: "sev9" };
export const paged: Said<"/v1/incidents/{incident}/commands/page"> = { whom: { person: "Ada Lovelace" }, actor: "Zac Bentley" };

export const title = (incident: Look<"/v1/incidents/{incident}">): string | null | undefined => incident.title;
export const events = (all: Look<"/v1/incidents/{incident}/events">): components["schemas"]["Event"][] => all;
export const views: paths["/v1/views/{view}/rebuild"]["post"]["parameters"]["path"]["view"] = "current";
