/** The name of every call that a backend may get, as logs and failure plans write it. */
export type Verb =
  | 'put'
  | 'get'
  | 'delete'
  | 'list'
  | 'close'
  | `keyObjects.${'put' | 'get' | 'delete' | 'list'}`
  | `heads.${'read' | 'cas' | 'remove'}`
  | `heads.${'claim' | 'claims' | 'release' | 'create' | 'append' | 'sync' | 'list'}`
  | `locks.${'create' | 'read' | 'remove'}`;
