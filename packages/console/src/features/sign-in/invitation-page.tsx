import { LinkForm } from './link-form.tsx';

export function InvitationPage() {
  return (
    <LinkForm
      title="Welcome to Pawprint"
      description="You have been invited. Choose a password to activate your account."
      action="/internal/invitation"
      submitLabel="Activate account"
      anotherLink="Ask the administrator who invited you for a new link."
    />
  );
}
