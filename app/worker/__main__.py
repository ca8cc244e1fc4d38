"""Run jobs until SIGTERM. Prints nothing but the log."""

import asyncio
import logging

from app import wiring
from app.kit import jobs
from app.worker.jobs import Handlers


async def main() -> None:
    services = wiring.services()
    handlers = Handlers(services)
    try:
        await jobs.work(services.settings.database_url, handlers.all(), schedule=handlers.schedule())
    finally:
        await services.printer.close()
        await services.database.close()


def run() -> None:
    logging.basicConfig(level=logging.WARNING, format="worker: %(levelname)s %(message)s")
    asyncio.run(main())


if __name__ == "__main__":
    run()
