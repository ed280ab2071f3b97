import asyncio
import sys

import aiohttp


async def main():
    items, url = 0, sys.argv[1] + "/repos/o/r/issues?per_page=100"
    async with aiohttp.ClientSession(raise_for_status=True) as session:
        while url:
            async with session.get(url) as page:
                items += len(await page.json())
                url = page.links.get("next", {}).get("url")
    print(items)


asyncio.run(main())
