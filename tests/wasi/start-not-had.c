// Nothing runs when a folder cannot be opened; its name cannot break the message.
#include <stdio.h>

extern char **environ;

int main(int argc, char **argv) {
  printf("%s\n", argv[0]);
  for (char **variable = environ; *variable; variable++)
    printf("%s\n", *variable);
}
