import { LinkForm } from './link-form.tsx';

export function PasswordResetPage() {
  return (
    <LinkForm
      title="Choose a new password"
      description="All your other sessions are signed out when you save it."
      action="/internal/password-reset"
      submitLabel="Save and sign in"
      anotherLink="Ask an administrator for a new reset link."
    />
  );
}
