"""One workload of the bridge's comparison, through psycopg: sixteen connections, prepared."""
import asyncio, json, random, sys, time
import psycopg

host, database, user, workload, seconds, clients, ids = sys.argv[1:8]


async def client(end):
    connection = await psycopg.AsyncConnection.connect(
        host=host, dbname=database, user=user, autocommit=True, prepare_threshold=0
    )
    cursor = connection.cursor()
    done = 0
    while time.monotonic() < end:
        account, counter = random.randint(1, int(ids)), random.randint(1, 300)
        if workload == "select":
            await cursor.execute("select balance from bench_accounts where id = %s", (account,))
            if len(await cursor.fetchall()) != 1:
                raise SystemExit("a row was missing")
        elif workload == "insert":
            await cursor.execute(
                "insert into bench_entries (account, note) values (%s, %s)", (account, "benchmark")
            )
        else:
            async with connection.transaction():
                await cursor.execute(
                    "select counter from bench_counters where id = %s for update", (counter,)
                )
                await cursor.execute(
                    "insert into bench_draws (counter, account) values (%s, %s)", (counter, account)
                )
                await cursor.execute(
                    "insert into bench_audit (account, note) values (%s, %s)", (account, "benchmark")
                )
                await cursor.execute(
                    "update bench_counters set counter = counter + 1 where id = %s", (counter,)
                )
        done += 1
    await connection.close()
    return done


async def main():
    end = time.monotonic() + float(seconds)
    started = time.monotonic()
    done = await asyncio.gather(*(client(end) for _ in range(int(clients))))
    print(json.dumps({"count": sum(done), "seconds": time.monotonic() - started}))


asyncio.run(main())
