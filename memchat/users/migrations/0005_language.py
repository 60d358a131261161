from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('users', '0004_view_text'),
    ]

    operations = [
        migrations.AddField(
            model_name='user',
            name='language',
            field=models.CharField(blank=True, db_default='', default='', max_length=20, verbose_name='language'),
        ),
    ]
