/**
 * Imported before anything uses libuv's threads: more than its four. Each sync of a file waits in one of them, and those
 * that wait together share a commit of the file system; a batch of the ledger syncs up to 80 files. It doubled the ledger's
 * speed on ext4. What takes memory or processor in these threads has limits of its own.
 */
process.env.UV_THREADPOOL_SIZE ??= '32';
