/** What can be wrong with the instance itself. */
export const systemErrorKinds = [
  /** The ledger's objects can't be read or written; what is recorded waits in the database. */
  'ledger_storage',
  /** The ledger has stopped for good: its store or database does not continue what was signed. */
  'ledger_stopped',
  /** A witness does not cosign. The subject is its name. */
  'witness',
  /** The time stamping authority does not answer as it should. */
  'time_stamp',
  /** A checkpoint could not be sent to where it is kept outside. The subject says where. */
  'anchor',
  /** Records whose time is over could not be removed, or locks not lengthened. */
  'retention',
  /** The disk fills up, or is full. */
  'disk_space',
  /** The clock went back, or jumped. */
  'clock',
  /** The instance had not stopped in an orderly way before this start. */
  'unclean_stop',
  /** What follows the ledger (history, lake) does not get on. The subject is its name. */
  'follower',
  /** Files of the data lake were lost or damaged. The subject is the table; none where they came back at the start. */
  'lake_files',
  /** The copy of the data lake's files in a bucket does not get on. */
  'lake_store',
  /** An alert could not be delivered, however often it was tried. The subject is the name of the destination. */
  'alert_delivery',
  /** A scheduled query failed each time it was tried. The subject is its name. */
  'scheduled_query',
  /** A detection does not run: it can't be loaded, or was stopped too often. The subject is its id. */
  'detection',
  /** A detection made so many alerts that it makes none any longer. The subject is its id. */
  'detection_alert_limit',
] as const;

export type SystemErrorKind = (typeof systemErrorKinds)[number];
