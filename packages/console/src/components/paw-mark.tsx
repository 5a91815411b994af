/** The product's mark: four toes and a pad. Decorative; the name always stands beside it. */
export function PawMark({ className = 'size-5' }: { readonly className?: string }) {
  return (
    <svg viewBox="0 0 24 24" fill="currentColor" className={className} aria-hidden="true">
      <ellipse cx="4.3" cy="11.3" rx="2.1" ry="2.9" transform="rotate(-24 4.3 11.3)" />
      <ellipse cx="9.2" cy="6.4" rx="2.2" ry="3.1" transform="rotate(-8 9.2 6.4)" />
      <ellipse cx="14.8" cy="6.4" rx="2.2" ry="3.1" transform="rotate(8 14.8 6.4)" />
      <ellipse cx="19.7" cy="11.3" rx="2.1" ry="2.9" transform="rotate(24 19.7 11.3)" />
      <path d="M12 11.3c3.3 0 6.3 3.4 6.3 6.5 0 2.1-1.5 3.3-3.4 3.3-1.2 0-1.9-.5-2.9-.5s-1.7.5-2.9.5c-1.9 0-3.4-1.2-3.4-3.3 0-3.1 3-6.5 6.3-6.5z" />
    </svg>
  );
}
