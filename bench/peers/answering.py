# What a program does that ../answering-process.mjs starts.
import json, resource, sys


def answer_requests(program, answers):
    """Says what runs, then answers a line of JSON after the other until there are no more."""
    say(dict(program=program))
    for line in sys.stdin:
        request = json.loads(line)
        say(answers[request.pop("do")](**request))


def memory():
    """The most memory that the process had."""
    return dict(peakRssBytes=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)


def say(answer):
    print(json.dumps(answer), flush=True)
