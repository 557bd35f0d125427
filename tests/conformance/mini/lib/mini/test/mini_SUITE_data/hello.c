#include <stdio.h>

int main(void) { return fputs("hello", stdout) < 0; }
