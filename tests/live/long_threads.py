"""Threads of many messages, put straight into a site's database: saying them one by one would take an hour."""

from __future__ import annotations

from tests.live.person import Person

_MAKE = """
import random, uuid
from datetime import timedelta
from django.utils import timezone
from conversations import rendering
from conversations.models import Message, State, Thread
from memchat.users.models import User

dice = random.Random(7)
WORDS = [''.join(dice.choices('aaabcdeeeefghiiklmnnoooprrssttuvw', k=dice.randint(2, 10))) for _ in range(3_000)]

def sentence():
    return ' '.join(dice.choices(WORDS, k=dice.randint(6, 18))).capitalize() + '.'

def reply():
    paragraphs = [' '.join(sentence() for _ in range(dice.randint(2, 4))) for _ in range(dice.randint(1, 3))]
    if dice.random() < 0.3:
        paragraphs.append(chr(10).join('- ' + sentence() for _ in range(4)))
    if dice.random() < 0.15:
        name = dice.choice(WORDS)
        paragraphs.append('```python' + chr(10) + f'def {{name}}(number: int) -> str:' + chr(10)
                          + '    return str(number + 1)' + chr(10) + '```')
    return (chr(10) * 2).join(paragraphs)

user = User.objects.get(username={name!r})
thread = Thread.objects.create(user=user, title={title!r})
began = timezone.now() - timedelta(minutes={count})
made, parent = [], None
for number in range({count}):
    is_reply = number % 2 == 1
    text = reply() if is_reply else f'Question {{number + 1}}: ' + sentence()
    parent = Message(
        id=uuid.uuid4(), thread=thread, user=user, parent=parent, depth=number, text=text, state=State.COMPLETE,
        role='assistant' if is_reply else 'user', created_at=began + timedelta(minutes=number),
        html=rendering.render(text) if is_reply else '', html_version=rendering.VERSION if is_reply else 0,
        provider='anthropic' if is_reply else '', model_name='a-model' if is_reply else '',
    )
    made.append(parent)
Message.objects.bulk_create(made, batch_size=500)
Thread.objects.filter(pk=thread.pk).update(head=parent)
print(thread.pk)
"""


def make_thread(person: Person, count: int, title: str = "A long thread") -> str:
    """Give somebody a thread of `count` messages, half of them replies of some paragraphs; returns its path."""
    printed = person.site.manage("shell", "-v0", "-c", _MAKE.format(name=person.name, count=count, title=title))
    return f"/threads/{printed.split()[-1]}/"
