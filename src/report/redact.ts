/** Takes secrets out of a text, also as JSON or a URL would write them. */
export type Redact = (text: string) => string

export function createRedact(secrets: readonly string[]): Redact {
  const forms = secrets.filter((secret) => secret !== '').flatMap(formsOf)
  // A secret that begins another must not leave the other's end.
  forms.sort((one, other) => other.length - one.length)
  return (text) => forms.reduce((clean, form) => clean.replaceAll(form, '[redacted]'), text)
}

const formsOf = (secret: string): string[] => [
  ...new Set([secret, JSON.stringify(secret).slice(1, -1), encodeURIComponent(secret)])
]
