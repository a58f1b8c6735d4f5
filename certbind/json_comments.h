/*
 * json_comments: makes JSON of JSON with comments. Pure.
 */
#ifndef CERTBIND_JSON_COMMENTS_H
#define CERTBIND_JSON_COMMENTS_H

#include <stddef.h>

/** Replace comments (slash-slash to the end of the line, slash-star to star-slash) outside strings
 * by blanks, in place. Newlines stay, so that every line keeps its number. */
void certbind_json_blank_comments(char *text, size_t len);

#endif
