import type { Severity } from '@pawprint/detections';
import type { z } from 'zod';
import type { Mail } from '../../outbound/mail.ts';
import type { SendOutbound } from '../../outbound/outbound-request.ts';
import type { AlertType } from '../../store/tables.ts';

/** What a destination is told of an alert. */
export interface AlertNotice {
  readonly alertId: string;
  readonly type: AlertType;
  readonly severity: Severity;
  readonly title: string;
  /** Empty for system errors. */
  readonly detectionId: string;
  /** The detection's display name; the title where there is no detection. */
  readonly name: string;
  readonly version: number | null;
  readonly description: string;
  readonly runbook: string;
  readonly reference: string;
  readonly tags: readonly string[];
  readonly context: unknown;
  readonly createdAt: string;
  /** The alert's page in the console. */
  readonly link: string;
  /** Somebody tries the destination out. */
  readonly isTest: boolean;
}

/** How the other side took an alert. */
export interface Receipt {
  /** Where the other side is a web server. */
  readonly statusCode: number | null;
  /** For people, such as what a mail server answered. */
  readonly message: string;
}

/** The other side did not take an alert. The message is fit for whoever set the destination. */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError';
  readonly statusCode: number | null;

  constructor(message: string, options: ErrorOptions & { readonly statusCode?: number } = {}) {
    super(message, options);
    this.statusCode = options.statusCode ?? null;
  }
}

/** What destinations reach the outside with. */
export interface DeliveryTools {
  readonly sendOutbound: SendOutbound;
  /** Undefined where the operator set no mail server. */
  readonly mail: Mail | undefined;
}

/** A kind of destinations, such as webhooks. */
export interface Destination<Config extends object = never> {
  /** What a person sets, checked; what is secret of it is marked `secret`. */
  readonly schema: z.ZodType<Config>;
  /** The secret ones: never shown, and kept by a change that leaves them out. */
  readonly secrets: readonly (keyof Config & string)[];
  /** Those that identify people. */
  readonly personal: readonly (keyof Config & string)[];
  /** Why this instance has no such destinations. */
  unavailable?(tools: DeliveryTools): string | undefined;
  /**
   * Sends an alert, once.
   * @param key the same each time a delivery is tried, so that the other side can tell that it had it already
   * @throws DeliveryError
   */
  deliver(tools: DeliveryTools, config: Config, notice: AlertNotice, key: string): Promise<Receipt>;
}
