// Start variables change the environment and argument 0 (see the .json).
#include <stdio.h>

extern char **environ;

int main(int argc, char **argv) {
  printf("%s\n", argv[0]);
  for (char **variable = environ; *variable; variable++)
    printf("%s\n", *variable);
}
