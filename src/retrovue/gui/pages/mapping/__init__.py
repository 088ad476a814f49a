"""Path mapping: rules, their live preview, suggestions and conflicts."""
