/** Where the editor starts: who did what today. */
export const exampleQuery = `-- Who did what in the last day
SELECT p_event_time, actionName, actionResult, actor.name AS actor, sourceIP
FROM panther_logs.public.panther_audit
WHERE p_occurs_since('1 day')
ORDER BY p_event_time DESC
LIMIT 100`;
