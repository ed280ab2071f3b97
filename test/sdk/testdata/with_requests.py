import sys

import requests

items, url = 0, sys.argv[1] + "/repos/o/r/issues?per_page=100"
with requests.Session() as session:
    while url:
        page = session.get(url)
        page.raise_for_status()
        items += len(page.json())
        url = page.links.get("next", {}).get("url")
print(items)
