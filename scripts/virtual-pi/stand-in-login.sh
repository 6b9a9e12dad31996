# login needs root, and two users: where the virtual Pi has neither, this asks as it does.
while :; do
  read -r -p "$(hostname) login: " user
  read -r -s -p 'Password: ' password
  echo
  if [ "$user" = pi ] && [ "$password" = raspberry ]; then exec bash --login; fi
  sleep 1
  printf '\nLogin incorrect\n'
done
