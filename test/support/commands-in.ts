/** What looks like a chat's command in a text for developers: anything after a slash but routes and pages of ours. */
export function commandsIn(text: string): string[] {
  return text.match(/(?<![\w/#:.…}*-])\/(?!v1\b|docs\b|openapi\.json)[a-z]\w*/g) ?? [];
}
