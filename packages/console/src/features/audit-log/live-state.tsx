import { Pause, Play, PlugZap } from 'lucide-react';
import type { StreamState } from '../../api/event-stream.ts';
import { Button } from '../../components/button.tsx';
import { classNames } from '../../components/class-names.ts';

const states = {
  connecting: { text: 'Connecting', dot: 'bg-faint' },
  open: { text: 'Live', dot: 'bg-good' },
  reconnecting: { text: 'Reconnecting', dot: 'bg-warn animate-shimmer' },
  closed: { text: 'Disconnected', dot: 'bg-bad' },
  paused: { text: 'Paused', dot: 'bg-warn' },
  off: { text: 'Not live: the time range has an end', dot: 'bg-faint' },
};

type LiveStateProps = {
  readonly state: StreamState | 'paused' | 'off';
  readonly onPause: () => void;
  readonly onResume: () => void;
  /** Reads the list anew: nothing of the time without a connection is missed. */
  readonly onReconnect: () => void;
};

/** Whether new records arrive, in words, and the button that holds them back or asks for them again. */
export function LiveState({ state, onPause, onResume, onReconnect }: LiveStateProps) {
  const { text, dot } = states[state];
  return (
    <>
      <span role="status" className="flex items-center gap-2 font-medium text-muted text-xs">
        <span className={classNames('size-2 rounded-full', dot)} aria-hidden="true" />
        {text}
      </span>
      {state === 'paused' && (
        <Button icon={Play} onClick={onResume}>
          Resume
        </Button>
      )}
      {state === 'closed' && (
        <Button icon={PlugZap} onClick={onReconnect}>
          Reconnect
        </Button>
      )}
      {state !== 'paused' && state !== 'closed' && state !== 'off' && (
        <Button icon={Pause} onClick={onPause}>
          Pause
        </Button>
      )}
    </>
  );
}
