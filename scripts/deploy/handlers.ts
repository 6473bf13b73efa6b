/**
 * Handlers a bundle's default export has, read from the text esbuild writes: a literal at the top level, its members
 * one level deep. Null when the export is anything else (a call, a spread, a class): then nothing can be said.
 */
export function handlersOf(bundle: string): string[] | null {
  const [, name] = /^ {2}([\w$]+) as default$/m.exec(bundle.slice(bundle.lastIndexOf('\nexport {\n'))) ?? [];
  if (name === undefined) return null;
  const start = `var ${name} = `;
  const at = bundle.lastIndexOf(`\n${start}`);
  if (at < 0) return null;
  const literal = bundle.slice(at + 1 + start.length);
  const [, inline] = /^\{ (.*) \};\n/.exec(literal) ?? [];
  if (inline !== undefined) return namesOf(membersOfLine(inline));
  const [, block] = /^\{\n([\s\S]*?)\n\};\n/.exec(literal) ?? [];
  // What stands at the indentation of a member and is none ends the one before it, or is a comment.
  return block === undefined
    ? null
    : namesOf([...block.matchAll(/^ {2}([^\s}\])/].*)$/gm)].map(([, text]) => text ?? ''));
}

/** Null as soon as one member has no plain name. */
function namesOf(members: readonly string[]): string[] | null {
  const names = members.map((member) => /^(?:async )?(\w+)(?=\s*[(:,]|$)/.exec(member)?.[1]);
  return names.every((name) => name !== undefined) ? names : null;
}

const OPENING = '([{';
const CLOSING = ')]}';

function membersOfLine(line: string): string[] {
  const members = [''];
  let depth = 0;
  for (const character of line) {
    if (OPENING.includes(character)) depth += 1;
    if (CLOSING.includes(character)) depth -= 1;
    if (character === ',' && depth === 0) members.push('');
    else members.push((members.pop() ?? '') + character);
  }
  return members.map((member) => member.trim());
}
