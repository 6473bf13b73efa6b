/** A file's text, as vitest puts it into a test. */
declare module '*?raw' {
  const text: string;
  export default text;
}
