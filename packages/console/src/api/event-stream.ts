import { useEffect, useEffectEvent, useState } from 'react';

/** `closed`: the server ended or refused the stream and the browser will not retry by itself. */
export type StreamState = 'connecting' | 'open' | 'reconnecting' | 'closed';

/**
 * Follows a server-sent-event stream while `url` is not null. The browser reconnects by itself and says the
 * last id it saw; a new `url` or `attempt` starts a new stream, which the server records as a new read.
 */
export function useEventStream(
  url: string | null,
  eventName: string,
  onEvent: (data: unknown) => void,
): { readonly state: StreamState; readonly reconnect: () => void } {
  const [state, setState] = useState<StreamState>('connecting');
  const [attempt, setAttempt] = useState(0);
  const receive = useEffectEvent((event: MessageEvent<string>) => onEvent(JSON.parse(event.data)));

  // biome-ignore lint/correctness/useExhaustiveDependencies: attempt is what asks for a new stream
  useEffect(() => {
    if (url === null) return;
    const source = new EventSource(url);
    setState('connecting');
    source.addEventListener('open', () => setState('open'));
    source.addEventListener('error', () =>
      setState(source.readyState === EventSource.CLOSED ? 'closed' : 'reconnecting'),
    );
    source.addEventListener(eventName, (event) => receive(event as MessageEvent<string>));
    return () => source.close();
  }, [url, eventName, attempt]);

  return { state, reconnect: () => setAttempt((count) => count + 1) };
}
