import { useEffect, useEffectEvent, useState } from 'react';

/** `closed`: the server ended or refused the stream and the browser will not retry by itself. */
export type StreamState = 'connecting' | 'open' | 'reconnecting' | 'closed';

/**
 * Follows a server-sent-event stream while `url` is not null and the page is visible: a browser gives one instance
 * about six connections (HTTP/1.1), which hidden tabs must not hold. A stream whose events have ids goes on after the
 * last one, whether the browser reconnects by itself or the page becomes visible again. The server records each start.
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
    let source: EventSource | undefined;
    let lastId = '';
    const open = () => {
      setState('connecting');
      const opened = new EventSource(resumed(url, lastId));
      opened.addEventListener('open', () => setState('open'));
      opened.addEventListener('error', () =>
        setState(opened.readyState === EventSource.CLOSED ? 'closed' : 'reconnecting'),
      );
      opened.addEventListener(eventName, (event) => {
        lastId = event.lastEventId;
        receive(event);
      });
      source = opened;
    };
    const follow = () => {
      if (document.visibilityState === 'visible') {
        if (source === undefined) open();
      } else {
        source?.close();
        source = undefined;
      }
    };
    follow();
    document.addEventListener('visibilitychange', follow);
    return () => {
      document.removeEventListener('visibilitychange', follow);
      source?.close();
    };
  }, [url, eventName]);

  return state;
}

/** The stream after the event with this id, as a first connection asks for it; later ones have a header of their own. */
function resumed(url: string, lastId: string): string {
  if (lastId === '') return url;
  const [path, query] = url.split('?', 2);
  const params = new URLSearchParams(query);
  params.set('after', lastId);
  return `${path}?${params}`;
}
