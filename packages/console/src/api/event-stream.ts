import { useEffect, useEffectEvent, useState } from 'react';

/** `closed`: the server ended or refused the stream and the browser will not retry by itself. */
export type StreamState = 'connecting' | 'open' | 'reconnecting' | 'closed';

/**
 * Follows a server-sent-event stream while `url` is not null. The browser reconnects by itself and says the
 * last id it saw; each new stream is recorded by the server as a read.
 */
export function useEventStream(
  url: string | null,
  eventName: string,
  onEvent: (data: unknown) => void,
): StreamState {
  const [state, setState] = useState<StreamState>('connecting');
  const receive = useEffectEvent((event: MessageEvent<string>) => onEvent(JSON.parse(event.data)));

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
  }, [url, eventName]);

  return state;
}
