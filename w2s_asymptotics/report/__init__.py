"""Accounts for readers: LaTeX and PDF, HTML with typeset formulas, figures, and the one-page report.

The modules are imported by name (`w2s_asymptotics.report.page`, ...): each needs its own optional packages,
and importing the package itself needs none of them.
"""
