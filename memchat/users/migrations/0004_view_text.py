from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ('users', '0003_memory_people_control'),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='accesslogentry',
            options={
                'default_permissions': (),
                'permissions': [('view_text', 'Can look at what people wrote')],
                'verbose_name': "access to someone's text",
                'verbose_name_plural': 'access log',
            },
        ),
    ]
