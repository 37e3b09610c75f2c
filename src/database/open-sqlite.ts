import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import {
  CompiledQuery,
  type Dialect,
  Kysely,
  SqliteAdapter,
  type SqliteDatabase,
  SqliteDialect,
  SqliteDriver,
  type SqliteStatement,
} from "kysely";
import { AppError } from "../domain/app-error.ts";

/** How long a statement waits while another process writes; the event loop waits with it. */
const BUSY_TIMEOUT_MS = 10_000;
/** Statements kept compiled; one that was not used for longest goes first. */
const KEPT_STATEMENTS = 200;
/** What the write-ahead log is cut to when a checkpoint has emptied it. */
const LOG_LIMIT_BYTES = 64 * 1024 * 1024;

/**
 * Opens an SQLite file, which is made when missing; what is committed outlasts a power cut. Any number
 * of processes may use one file, but each through one instance: calls are synchronous, so a second
 * one in the process would wait for the first without letting it end.
 * Every transaction begins as a write: one that read first could not write any more once another
 * process had written.
 * @throws AppError OUTPUT_UNWRITABLE when it cannot be opened; FILE_UNREADABLE when it is no
 * database; queries throw DISK_FULL, OVERLOADED (retryable), or SQLite's error.
 */
export function openSqlite<Schema>({ file }: { file: string }): Kysely<Schema> {
  let database: DatabaseSync | null = null;
  try {
    database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
    database.exec("PRAGMA journal_mode = WAL");
    database.exec("PRAGMA synchronous = FULL");
    database.exec("PRAGMA foreign_keys = ON");
    database.exec(`PRAGMA journal_size_limit = ${LOG_LIMIT_BYTES}`);
  } catch (cause) {
    database?.close();
    throw sqliteError(cause, file);
  }
  return new Kysely<Schema>({ dialect: dialectOf(database, file) });
}

function dialectOf(database: DatabaseSync, file: string): Dialect {
  const config = { database: kyselyDatabase(database, file) };
  const dialect = new SqliteDialect(config);
  return {
    // Schema changes are transactional in SQLite: so two processes can migrate at the same time.
    createAdapter: () =>
      Object.defineProperty(new SqliteAdapter(), "supportsTransactionalDdl", { value: true }),
    createDriver: () => {
      const driver = new SqliteDriver(config);
      const rollback = driver.rollbackTransaction.bind(driver);
      return Object.assign(driver, {
        beginTransaction: async (connection: Parameters<typeof rollback>[0]) => {
          await connection.executeQuery(CompiledQuery.raw("begin immediate"));
        },
        // After some errors, such as a full disk, SQLite has rolled back by itself.
        rollbackTransaction: async (connection: Parameters<typeof rollback>[0]) => {
          if (database.isTransaction) await rollback(connection);
        },
      });
    },
    createIntrospector: (db) => dialect.createIntrospector(db),
    createQueryCompiler: () => dialect.createQueryCompiler(),
  };
}

function kyselyDatabase(database: DatabaseSync, file: string): SqliteDatabase {
  const kept = new Map<string, SqliteStatement>();
  const attempt = <T>(work: () => T): T => {
    try {
      return work();
    } catch (cause) {
      throw sqliteError(cause, file);
    }
  };
  const statementOf = (statement: StatementSync): SqliteStatement => ({
    reader: statement.columns().length > 0,
    all: (parameters) => attempt(() => statement.all(...inputs(parameters))),
    run: (parameters) => attempt(() => statement.run(...inputs(parameters))),
    iterate: (parameters) => attempt(() => statement.iterate(...inputs(parameters))),
  });
  return {
    close: () => database.close(),
    prepare(sql) {
      const statement = kept.get(sql) ?? attempt(() => statementOf(database.prepare(sql)));
      kept.delete(sql);
      kept.set(sql, statement);
      const [oldest] = kept.keys();
      if (kept.size > KEPT_STATEMENTS && oldest !== undefined) kept.delete(oldest);
      return statement;
    },
  };
}

/** Kysely does not type its parameters; SQLite refuses what it cannot store when it is bound. */
const inputs = (parameters: readonly unknown[]) => parameters as SQLInputValue[];

/** Primary result codes of SQLite (https://www.sqlite.org/rescode.html). */
const BUSY = 5;
const FULL = 13;
const CANNOT_OPEN = 14;
const NOT_A_DATABASE = 26;

function sqliteError(cause: unknown, file: string): unknown {
  if (!(cause instanceof Error && "errcode" in cause)) return cause;
  // The lower byte; the others say more precisely what happened.
  const code = Number(cause.errcode) & 0xff;
  if (code === FULL) {
    const message = `no space left on the disk of ${file}: free some and try again`;
    return new AppError("DISK_FULL", message, { cause, retryable: true });
  }
  if (code === BUSY) {
    const message = `${file} was locked by another process for ${BUSY_TIMEOUT_MS / 1000} s: try again later`;
    return new AppError("OVERLOADED", message, { cause, retryable: true });
  }
  if (code === CANNOT_OPEN) {
    const message = `cannot open the database ${file}: choose another data folder or change its permissions`;
    return new AppError("OUTPUT_UNWRITABLE", message, { cause });
  }
  if (code === NOT_A_DATABASE) {
    const message = `${file} is no SQLite database: move it away or choose another data folder`;
    return new AppError("FILE_UNREADABLE", message, { cause });
  }
  return cause;
}
