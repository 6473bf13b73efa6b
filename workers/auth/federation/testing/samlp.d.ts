/** As much of `samlp`, which comes without types, as the tests use. */
declare module 'samlp' {
  type Handler = (request: object, response: object, next: (error: unknown) => void) => void;
  const samlp: { auth(options: object): Handler; metadata(options: object): Handler };
  export default samlp;
}
