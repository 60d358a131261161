"""The admin beside what each app shows in it: its site, whose words staff may see, the overview, jobs, figures."""
