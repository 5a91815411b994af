import { config } from 'zod';

// The instance's content security policy allows no code made from text, and even trying to make some would be reported as
// a violation. What the record's schemas check in a page is little.
config({ jitless: true });
