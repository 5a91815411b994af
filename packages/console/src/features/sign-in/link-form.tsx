import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useLocation, useRouter } from '@tanstack/react-router';
import { Unlink } from 'lucide-react';
import { type ReactNode, useState } from 'react';
import { ApiError } from '../../api/api-error.ts';
import { postJson } from '../../api/http.ts';
import { sessionQuery } from '../../api/session.ts';
import { Button } from '../../components/button.tsx';
import { Form } from '../../components/form.tsx';
import { Entrance } from './entrance.tsx';
import { type NewPassword, NewPasswordFields, newPasswordProblem } from './new-password-fields.tsx';

type LinkFormProps = {
  readonly title: string;
  readonly description: string;
  /** The REST route that redeems the link. */
  readonly action: string;
  readonly submitLabel: string;
  /** How to get another link when this one no longer works. */
  readonly anotherLink: string;
  /** Values of the fields before the password, sent with it. */
  readonly values?: Record<string, string>;
  readonly children?: ReactNode;
};

/** Redeems a one-time link (its token is in the fragment, which no server log sees) by choosing a password. */
export function LinkForm(props: LinkFormProps) {
  const { title, description, action, submitLabel, anotherLink, values = {}, children } = props;
  const token = new URLSearchParams(useLocation().hash).get('token');
  const router = useRouter();
  const queryClient = useQueryClient();
  const [newPassword, setNewPassword] = useState<NewPassword>({ password: '', repeated: '' });
  const redeem = useMutation({
    mutationFn: async () => {
      const problem = newPasswordProblem(newPassword);
      if (problem) throw new ApiError('INVALID_INPUT', problem.message, { field: problem.field });
      const given = Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''));
      await postJson(action, { token, ...given, password: newPassword.password });
    },
    onSuccess: async () => {
      queryClient.removeQueries({ queryKey: sessionQuery.queryKey });
      await router.navigate({ to: '/', replace: true });
    },
  });

  if (!token || isDeadLink(redeem.error)) return <DeadLink anotherLink={anotherLink} missing={!token} />;
  return (
    <Entrance title={title} description={description}>
      <Form
        error={redeem.error}
        inputNames={[...Object.keys(values), 'password', 'repeated']}
        onSubmit={() => redeem.mutate()}
        footer={
          <Button type="submit" variant="primary" pending={redeem.isPending} className="mt-1 w-full">
            {submitLabel}
          </Button>
        }
      >
        {children}
        <NewPasswordFields value={newPassword} onChange={setNewPassword} autoFocus={children === undefined} />
      </Form>
    </Entrance>
  );
}

/** The server says the same of a link that is wrong, used or expired. */
function isDeadLink(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false;
  return (
    error.field === 'token' || ['NOT_FOUND', 'UNAUTHENTICATED', 'FORBIDDEN', 'CONFLICT'].includes(error.code)
  );
}

function DeadLink({ anotherLink, missing }: { readonly anotherLink: string; readonly missing: boolean }) {
  return (
    <Entrance title={missing ? 'This link is incomplete' : 'This link no longer works'}>
      <div role="alert" className="flex gap-3 text-muted text-sm">
        <Unlink className="mt-0.5 size-4 shrink-0 text-warn" aria-hidden="true" />
        <p>
          {missing
            ? 'Open the whole link, including the part after “#”. '
            : 'It has been used already, or it has expired. '}
          {anotherLink}
        </p>
      </div>
      <Link to="/sign-in" className="mt-5 block text-center font-medium text-accent text-sm hover:underline">
        Go to sign-in
      </Link>
    </Entrance>
  );
}
