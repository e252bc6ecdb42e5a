"""One workload of the bridge's comparison, through asyncpg: sixteen connections, prepared."""
import asyncio, json, random, sys, time
import asyncpg

host, database, user, workload, seconds, clients, ids = sys.argv[1:8]
SELECT = "select balance from bench_accounts where id = $1"
INSERT = "insert into bench_entries (account, note) values ($1, $2)"
SIX = (
    "select counter from bench_counters where id = $1 for update",
    "insert into bench_draws (counter, account) values ($1, $2)",
    "insert into bench_audit (account, note) values ($1, $2)",
    "update bench_counters set counter = counter + 1 where id = $1",
)


async def client(end):
    connection = await asyncpg.connect(host=host, database=database, user=user)
    select, insert = await connection.prepare(SELECT), await connection.prepare(INSERT)
    lock, draw, audit, count = [await connection.prepare(text) for text in SIX]
    done = 0
    while time.monotonic() < end:
        account, counter = random.randint(1, int(ids)), random.randint(1, 300)
        if workload == "select":
            rows = await select.fetch(account)
            if len(rows) != 1:
                raise SystemExit("a row was missing")
        elif workload == "insert":
            await insert.fetch(account, "benchmark")
        else:
            async with connection.transaction():
                await lock.fetch(counter)
                await draw.fetch(counter, account)
                await audit.fetch(account, "benchmark")
                await count.fetch(counter)
        done += 1
    await connection.close()
    return done


async def main():
    end = time.monotonic() + float(seconds)
    started = time.monotonic()
    done = await asyncio.gather(*(client(end) for _ in range(int(clients))))
    print(json.dumps({"count": sum(done), "seconds": time.monotonic() - started}))


asyncio.run(main())
