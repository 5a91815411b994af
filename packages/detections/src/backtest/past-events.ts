import type { Read } from '../runtime/trace.ts';
import type { EventHistory, GroupSelection } from './narrow.ts';

/** An event of the past, as detections saw it or would have. */
export interface PastEvent {
  /** Names it to whoever looks at a match; undefined until it is asked for. */
  readonly id: string | undefined;
  /** Names it to the history. */
  readonly position: number;
  /** Milliseconds since 1970. */
  readonly atMs: number;
  /** JSON text; of a page with places, of what the event holds there alone. */
  readonly json: string;
}

export interface EventPage {
  readonly events: readonly PastEvent[];
  /** Undefined where events are whole. */
  readonly places: readonly Read[] | undefined;
}

export interface BacktestHistory extends EventHistory {
  /**
   * The events of the selections, or all, in the order in which detections would have seen them.
   * @param count how many there are.
   * @param places where they tell what they hold, which takes a fraction of the time of whole events; it may grow meanwhile, for the events
   * that are not read yet.
   * @param named whether they have their ids, which take as long to read as all the rest.
   */
  events(
    selections: readonly GroupSelection[] | undefined,
    count: number,
    wanted: { readonly places: readonly Read[] | undefined; readonly named: boolean },
  ): AsyncIterable<EventPage>;
  /** The ids of events of a page, one for one. */
  idsOf(events: readonly PastEvent[]): Promise<readonly string[]>;
  /** Some events of the selections, at most `max`, whole. */
  some(selections: readonly GroupSelection[] | undefined, max: number): Promise<readonly string[]>;
  /** Events of a page whole, one for one. */
  whole(events: readonly PastEvent[]): Promise<readonly string[]>;
}
